import { RESOURCE_TYPES, typeOf } from "pulumi-xtremepush/protocol";
import type { EngineEvent } from "./event-log";
import type { StackState } from "./stack-state";

/**
 * Knows whether a run has left the clients as the state had them when it was read. The revision of a client counts every
 * change, so the secrets that were read then are those of now, and the state need not be read again.
 */
export class UnchangedState {
  readonly #before: StackState | null;
  readonly #found = new Map<string, string | null>();

  constructor(before: StackState | null) {
    this.#before = before;
  }

  /** Takes an event of the engine. */
  readonly take = ({ resOutputsEvent }: EngineEvent): void => {
    if (resOutputsEvent === undefined) return;
    const { urn, op, new: now } = resOutputsEvent.metadata;
    if (typeOf(urn) !== RESOURCE_TYPES.apiClient.token) return;
    this.#found.set(urn, op === "same" ? keyOf(now?.id, now?.outputs?.["revision"]) : null);
  };

  /** The state of before, if it is that of now; null where that is not certain. */
  get(): StackState | null {
    const before = this.#before;
    if (before === null || before.pendingCreates > 0 || before.clients.length !== this.#found.size) return null;
    const isFound = before.clients.every(
      ({ urn, clientId, revision }) => this.#found.get(urn) === keyOf(clientId, revision),
    );
    return isFound ? before : null;
  }
}

function keyOf(id: unknown, revision: unknown): string {
  return JSON.stringify([id, revision]);
}
