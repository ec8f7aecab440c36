import type { Backend } from "xtremepush-access/schemas";
import { Failure } from "./failure";
import type { Memory } from "./location";

/** Refuses states that know more of a backend than its database does: that was restored from an earlier backup. */
export class RestoreCheck {
  readonly #epoch: number;
  readonly #read: () => Promise<Backend>;
  #changed: number;

  /** @param read - Reads the backend again. */
  constructor({ epoch, changedTime }: Backend, read: () => Promise<Backend>) {
    this.#epoch = epoch;
    this.#changed = instantOf(changedTime);
    this.#read = read;
  }

  /** @throws Failure for a state of another epoch, or of a change that the backend does not know. */
  async assertKnown({ epoch, updatedTime }: Memory): Promise<void> {
    if (epoch !== this.#epoch) {
      // An earlier epoch came back with the backup.
      const isAnnounced = epoch < this.#epoch;
      const sign = `the state is of epoch ${epoch} of the backend, which is at epoch ${this.#epoch}`;
      throw restoredFailure(sign, isAnnounced);
    }
    const seen = updatedTime === undefined ? Number.NaN : Date.parse(updatedTime);
    // A backend of an earlier version does not say when it was last changed.
    if (!(seen > this.#changed)) return;
    // The change may have come after the run began.
    const { changedTime } = await this.#read();
    this.#changed = instantOf(changedTime);
    if (!(seen > this.#changed)) return;
    const sign = `the state has a change of ${updatedTime}, but the latest change on the backend is of ${changedTime}`;
    throw restoredFailure(sign, false);
  }
}

function instantOf(time: string | null): number {
  return time === null ? Number.NaN : Date.parse(time);
}

/** A client or a grant whose live revision was read, and the one in the state. */
interface Revisions {
  readonly live: number;
  readonly seen: number;
}

/**
 * Revisions only grow, also over a delete and its undoing.
 *
 * @throws Failure when the live revision is lower than the one in the state.
 */
export function assertNotEarlier(thing: string, { live, seen }: Revisions): void {
  if (live < seen) throw restoredFailure(`${thing} is at revision ${live}, but the state has revision ${seen}`, false);
}

function restoredFailure(sign: string, isAnnounced: boolean): Failure {
  const how = isAnnounced ? "" : ", which nobody has announced with `xtremepush-access-backend admin restored`";
  return new Failure(
    `${sign}: the database of the backend was restored from an earlier backup${how}, and access that was taken away since may be live again; run \`pulumi refresh\`, and look at \`pulumi preview --diff\` before you go on`,
  );
}
