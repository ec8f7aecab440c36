import assert from "node:assert/strict";
import { RESOURCE_TYPES } from "pulumi-xtremepush/protocol";
import type { EngineEvent } from "../../../environments/src/pulumi/event-log";
import { stackStateOf } from "../../../environments/src/pulumi/stack-state";
import { UnchangedState } from "../../../environments/src/pulumi/unchanged-state";
import { deploymentOf } from "../../support/environments/deployment";

const urnOf = (type: string, name = "crm") => `urn:pulumi:dev::programs::${type}::${name}`;
const CLIENT = urnOf(RESOURCE_TYPES.apiClient.token);
const GRANT = urnOf(RESOURCE_TYPES.scopeGrant.token);

/** What the engine tells of a step that has ended. */
const ended = (urn: string, more: object = {}) =>
  // Only what is read of an event.
  ({
    resOutputsEvent: { metadata: { op: "same", urn, new: { id: "xpc_crm", outputs: { revision: 1 } }, ...more } },
  }) as EngineEvent;

describe("the state that a run has left as it was", () => {
  const stateOf = (pending: readonly string[] = []) =>
    stackStateOf(deploymentOf({ name: "CRM sync", secret: "xpcs_1", pending }), {
      pulumiProject: "programs",
      stack: "dev",
    });
  const stateAfter = (before: ReturnType<typeof stateOf> | null, ...events: readonly EngineEvent[]) => {
    const unchanged = new UnchangedState(before);
    for (const event of events) unchanged.take(event);
    return unchanged.get();
  };

  it("is the one that was read, when each client has its revision", () => {
    const before = stateOf();

    assert.equal(stateAfter(before, ended(CLIENT), ended(GRANT)), before);
  });

  it("is not known when a client has another revision or ID, changed, was not told, or is new", () => {
    const before = stateOf();
    const found = (revision: number, id = "xpc_crm") => ended(CLIENT, { new: { id, outputs: { revision } } });

    const unknown = [
      stateAfter(null, ended(CLIENT)),
      stateAfter(before),
      stateAfter(before, ended(GRANT)),
      stateAfter(before, found(2)),
      stateAfter(before, found(1, "xpc_other")),
      stateAfter(before, ended(CLIENT, { new: null })),
      stateAfter(before, ended(CLIENT, { op: "update" })),
      stateAfter(before, ended(CLIENT), ended(urnOf(RESOURCE_TYPES.apiClient.token, "etl"))),
      stateAfter(stateOf(["creating"]), ended(CLIENT)),
    ];

    assert.deepEqual(
      unknown.map((state) => state === null),
      unknown.map(() => true),
    );
  });
});
