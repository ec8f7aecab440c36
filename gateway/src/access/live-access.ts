import type { AccessChanges } from "xtremepush-access/schemas";
import { type Clock, type Moment, momentOf } from "../clock";
import { applyChanges, type ClientAccess, forgetEnded, type Snapshot } from "./snapshot";

/** A clock that was set back by more than this makes the age of what is on disk unknown. */
const CLOCK_TOLERANCE_MS = 60_000;

/** What the clients may do now, as far as the gateway knows, and how old that knowledge is. */
export class LiveAccess {
  readonly #clock: Clock;
  #snapshot: Snapshot | null = null;
  #confirmed: Moment = NEVER;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get snapshot(): Readonly<Snapshot> | null {
    return this.#snapshot;
  }

  get issuer(): string | null {
    return this.#snapshot?.issuer ?? null;
  }

  /** At which time this was all there was, by the backend's last word, in milliseconds since 1970. */
  get confirmedTime(): number {
    return this.#confirmed.time;
  }

  /** The moment to confirm what the backend is asked for now. */
  now(): Moment {
    return momentOf(this.#clock);
  }

  client(id: string): ClientAccess | undefined {
    return this.#snapshot?.clients.get(id);
  }

  isRevoked(jti: string): boolean {
    return this.#snapshot?.revoked.has(jti) ?? false;
  }

  /** How old the knowledge is, in milliseconds; infinite without any. The clock that has moved more counts. */
  age(): number {
    if (this.#snapshot === null) return Number.POSITIVE_INFINITY;
    const { time, monotonic } = this.now();
    return Math.max(time - this.#confirmed.time, monotonic - this.#confirmed.monotonic, 0);
  }

  /**
   * Takes a complete snapshot in place of the one before. Tokens that were revoked stay so.
   *
   * @param asked When the backend was asked for the last of it.
   */
  replace(snapshot: Snapshot, asked: Moment): void {
    for (const [jti, expires] of this.#snapshot?.revoked ?? []) snapshot.revoked.set(jti, expires);
    this.#snapshot = snapshot;
    this.#confirm(asked);
  }

  /** Starts from what was on disk, confirmed at a time. */
  restore(snapshot: Snapshot, confirmedTime: number): void {
    const { time, monotonic } = this.now();
    const age = time - confirmedTime;
    const isUnknown = age < -CLOCK_TOLERANCE_MS;
    this.#snapshot = snapshot;
    this.#confirmed = isUnknown ? NEVER : { time: confirmedTime, monotonic: monotonic - Math.max(age, 0) };
  }

  /**
   * Applies what has changed since. Only an answer without more to come confirms it, as of the moment of the question: the
   * answer can be slow, or be read by a machine that slept.
   */
  apply({ sequence, changes, more }: Pick<AccessChanges, "sequence" | "changes" | "more">, asked: Moment): void {
    if (this.#snapshot === null) return;
    applyChanges(this.#snapshot, sequence, changes);
    if (!more) this.#confirm(asked);
  }

  #confirm(asked: Moment): void {
    this.#confirmed = asked;
    if (this.#snapshot !== null) forgetEnded(this.#snapshot, asked.time);
  }
}

const NEVER: Moment = { time: Number.NEGATIVE_INFINITY, monotonic: Number.NEGATIVE_INFINITY };
