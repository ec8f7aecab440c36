import assert from "node:assert/strict";
import { composeOwner, composeUrn, RESOURCE_TYPES } from "pulumi-xtremepush/protocol";
import { dropNotes, Failure, PartialFailure } from "../../../../provider/src/dynamic/run/failure";
import { withNamedErrors } from "../../../../provider/src/dynamic/run/named-errors";
import type { Handler } from "../../../../provider/src/dynamic/run/wire";

function ownerOf(name: string): string {
  const stack = { stack: "dev", pulumiProject: "programs", parent: "" };
  return composeOwner("acme-org", composeUrn({ ...stack, type: RESOURCE_TYPES.apiClient.token, name }));
}

/** Handlers that fail in each call, with a new error. */
function failing(error: () => Error): Handler {
  const fail = async () => {
    throw error();
  };
  return withNamedErrors({
    configure: fail,
    check: fail,
    diff: fail,
    create: fail,
    read: fail,
    update: fail,
    delete: fail,
  });
}

describe("the errors of the handlers", () => {
  const managedBy = ownerOf("crm");

  it("begin with the resource, of a read or delete with the one in the state", async () => {
    const handlers = failing(() => new Failure("it is gone"));
    const message = "ApiClient crm: it is gone";

    await assert.rejects(handlers.create({ managedBy }), { message });
    await assert.rejects(handlers.diff("xpc_a", {}, { managedBy }), { message });
    await assert.rejects(handlers.update("xpc_a", { managedBy: "other" }, { managedBy }), { message });
    await assert.rejects(handlers.read("xpc_a", { owner: managedBy, managedBy: ownerOf("theirs") }), { message });
    await assert.rejects(handlers.delete("xpc_a", { owner: null, managedBy }), { message });
  });

  it("show a hostile resource name in quotes, and none where there is no resource", async () => {
    const handlers = failing(() => new Failure("it is gone"));

    await assert.rejects(handlers.create({ managedBy: ownerOf("crm: done\nerror") }), {
      message: 'ApiClient "crm: done\\u{a}error": it is gone',
    });
    await assert.rejects(handlers.read("xpc_a", {}), { message: "it is gone" });
  });

  it("hold no command for the engine's colors, whichever part would begin one", async () => {
    const handlers = failing(() => new Failure('client "CRM <{%fg 1%}>" is gone'));
    const partial = failing(() => new PartialFailure("{% is gone", {}));

    await assert.rejects(handlers.create({ managedBy: ownerOf("<{%reset%}>") }), {
      message: 'ApiClient "<\\u{7b}%reset%}>": client "CRM <\\u{7b}%fg 1%}>" is gone',
    });
    await assert.rejects(partial.update("xpc_a", {}, { managedBy: ownerOf("crm") }), {
      message: "ApiClient crm: {% is gone",
    });
  });

  it("leave the check to the engine, and other errors as they are", async () => {
    const bug = new TypeError("x is undefined");

    await assert.rejects(failing(() => new Failure("it is gone")).check({}, { managedBy }), { message: "it is gone" });
    await assert.rejects(failing(() => bug).create({ managedBy }), bug);
  });

  it("name the resource in the reasons of a change that was made in part", async () => {
    const partial = () => Object.assign(new PartialFailure("it is gone", {}), { reasons: ["it is gone"] });

    await assert.rejects(failing(partial).update("xpc_a", {}, { managedBy }), {
      reasons: ["ApiClient crm: it is gone"],
    });
  });

  it("leave no note, and drop nothing else that is printed", () => {
    const printed: unknown[][] = [];
    const console = { error: (...values: unknown[]) => void printed.push(values) };
    const failure = new Failure("it is gone");
    const bug = new TypeError("x is undefined");
    dropNotes(console);

    console.error(`${failure}: ${failure.stack}`);
    console.error(`${bug}: ${bug.stack}`);
    console.error(failure.message, 1);

    assert.deepEqual(printed, [[`${bug}: ${bug.stack}`], ["it is gone", 1]]);
  });
});
