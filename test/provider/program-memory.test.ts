import assert from "node:assert/strict";
import { createHook } from "node:async_hooks";
import type * as pulumi from "@pulumi/pulumi";
import { ApiClient, Integration } from "pulumi-xtremepush";
import { select } from "xtremepush-access";
import { recordedResources, resetRecordedResources } from "../support/provider/pulumi-mocks";

const permissions = select({ access: "read", maxRisk: "low" });

/** What a program of so many integrations makes until the engine answers, when all of it is in memory. */
function declare(size: number): { promises: number; stacks: number } {
  const made = { promises: 0, stacks: 0 };
  const hook = createHook({
    init(_, type) {
      if (type === "PROMISE") made.promises += 1;
    },
  });
  const format = Error.prepareStackTrace;
  Error.prepareStackTrace = (error, frames) => {
    made.stacks += 1;
    return [String(error), ...frames.map((frame) => `    at ${frame}`)].join("\n");
  };
  hook.enable();
  for (let number = 1; number <= size; number++) {
    new Integration(`client-${size}-${number}`, { name: `Client ${number}`, permissions });
  }
  hook.disable();
  Error.prepareStackTrace = format;
  return made;
}

describe("The memory of a program", () => {
  beforeEach(resetRecordedResources);
  afterEach(recordedResources);

  it("grows by no more than the declared properties of each integration need", () => {
    const [some, more] = [declare(20), declare(40)];

    // Pulumi's SDK makes some 28 promises for each of the 33 properties. With the owner and the aliases as outputs it was 1,629.
    assert.ok((more.promises - some.promises) / 20 < 1_150, `${(more.promises - some.promises) / 20} promises`);
    // It was 128: a stack for each of the promises that the SDK debugs.
    assert.ok((more.stacks - some.stacks) / 20 < 20, `${(more.stacks - some.stacks) / 20} stacks`);
  });
});

describe("A stack of the program", () => {
  let format: typeof Error.prepareStackTrace;
  let formatted: string[] = [];

  beforeEach(async () => {
    await resetRecordedResources();
    format = Error.prepareStackTrace;
    formatted = [];
    Error.prepareStackTrace = (error, frames) => {
      formatted.push(frames[0]?.getFunctionName() ?? "");
      return [String(error), ...frames.map((frame) => `    at ${frame}`)].join("\n");
    };
  });

  afterEach(async () => {
    Error.prepareStackTrace = format;
    delete process.env["PULUMI_DEBUG_PROMISE_LEAKS"];
    await recordedResources();
  });

  it("is formatted as before for everything but the promises of a resource", () => {
    const own = Error.prepareStackTrace;
    let failure = new Error();
    const transformation: pulumi.ResourceTransformation = () => {
      failure = new Error("in a transformation");
      assert.match(String(failure.stack), /^Error: in a transformation\n.*program-memory\.test/);
      return undefined;
    };

    new ApiClient("crm", { name: "CRM sync" }, { transformations: [transformation] });

    assert.equal(failure.message, "in a transformation");
    assert.equal(Error.prepareStackTrace, own);
    assert.ok(formatted.includes("callsites"));
    assert.ok(!formatted.includes("debuggablePromise"));
  });

  it("is formatted for each promise when Pulumi debugs them", () => {
    process.env["PULUMI_DEBUG_PROMISE_LEAKS"] = "true";

    new ApiClient("crm", { name: "CRM sync" });

    assert.ok(formatted.includes("debuggablePromise"));
  });

  it("is formatted by Pulumi's function again when a class refuses its arguments", () => {
    const own = Error.prepareStackTrace;
    // An untyped program may give anything.
    const noResource = {} as pulumi.Resource;

    assert.throws(() => new Integration("crm", { permissions }, { parent: noResource }), /not a valid Resource/);

    assert.equal(Error.prepareStackTrace, own);
  });
});
