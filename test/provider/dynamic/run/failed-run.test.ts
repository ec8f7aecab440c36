import assert from "node:assert/strict";
import { composeOwner, composeUrn, RESOURCE_TYPES } from "pulumi-xtremepush/protocol";
import { FailedRun } from "../../../../provider/src/dynamic/run/failed-run";
import { Failure } from "../../../../provider/src/dynamic/run/failure";
import type { Handler } from "../../../../provider/src/dynamic/run/wire";

const stack = { stack: "dev", pulumiProject: "programs", parent: "" };
const managedBy = composeOwner("acme-org", composeUrn({ ...stack, type: RESOURCE_TYPES.apiClient.token, name: "crm" }));

interface Made {
  readonly handler: Handler;
  readonly deleted: readonly string[];
}

/** The guarded handlers of two kinds of resources in one process; `failing` is the call that fails. */
function open(failing: keyof Handler | "reasons" | "none"): readonly [Made, Made] {
  const run = new FailedRun();
  const make = (): Made => {
    const deleted: string[] = [];
    const call = async <T>(name: keyof Handler, answer: T): Promise<T> => {
      if (name === failing) throw new Failure("it failed");
      return answer;
    };
    const failures = failing === "reasons" ? [{ property: "" as const, reason: "it is wrong" }] : [];
    const handler = run.guard({
      configure: async () => {},
      check: (_olds, inputs) => call("check", { inputs, failures }),
      diff: () => call("diff", { changes: true }),
      create: () => call("create", { id: "xpc_a", outs: {} }),
      read: () => call("read", { id: "xpc_a", props: {}, inputs: {} }),
      update: () => call("update", { outs: {} }),
      delete: async (id) => void deleted.push(id),
    });
    return { handler, deleted };
  };
  return [make(), make()];
}

/** Makes every call but the delete. */
async function runAll({ handler }: Made): Promise<void> {
  const ignore = () => {};
  await handler.check({}, { managedBy }).catch(ignore);
  await handler.diff("xpc_a", {}, { managedBy }).catch(ignore);
  await handler.create({ managedBy }).catch(ignore);
  await handler.read("xpc_a", {}).catch(ignore);
  await handler.update("xpc_a", {}, { managedBy }).catch(ignore);
}

describe("a run in which a resource failed", () => {
  for (const failing of ["check", "reasons", "diff", "create", "update"] as const) {
    it(`deletes nothing of either kind after ${failing === "reasons" ? "a check that gives reasons" : `a failed ${failing}`}`, async () => {
      const [clients, grants] = open(failing);
      await runAll(clients);

      for (const { handler } of [clients, grants]) {
        await assert.rejects(handler.delete("xpc_b", {}), (error) => {
          assert.ok(error instanceof Failure);
          return /^nothing is deleted, because ApiClient crm failed in this run, .*run `pulumi up` again/.test(
            error.message,
          );
        });
      }
      assert.deepEqual([clients.deleted, grants.deleted], [[], []]);
    });
  }

  it("deletes as ever when nothing failed, or only a read", async () => {
    for (const failing of ["none", "read"] as const) {
      const [clients, grants] = open(failing);
      await runAll(clients);

      await grants.handler.delete("xpc_b", {});

      assert.deepEqual(grants.deleted, ["xpc_b"]);
    }
  });
});
