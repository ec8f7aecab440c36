import type { AccessChanges } from "xtremepush-access/schemas";
import type { Clock } from "../clock";
import { applyChanges, type ClientAccess, forgetEnded, type Snapshot } from "./snapshot";

/** A clock that was set back by more than this makes the age of what is on disk unknown. */
const CLOCK_TOLERANCE_MS = 60_000;

/** What the clients may do now, as far as the gateway knows, and how old that knowledge is. */
export class LiveAccess {
  readonly #clock: Clock;
  #snapshot: Snapshot | null = null;
  #confirmedTime = Number.NEGATIVE_INFINITY;
  #confirmedMonotonic = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get snapshot(): Readonly<Snapshot> | null {
    return this.#snapshot;
  }

  get issuer(): string | null {
    return this.#snapshot?.issuer ?? null;
  }

  /** When the backend said last that this is all, in milliseconds since 1970. */
  get confirmedTime(): number {
    return this.#confirmedTime;
  }

  client(id: string): ClientAccess | undefined {
    return this.#snapshot?.clients.get(id);
  }

  isRevoked(jti: string): boolean {
    return this.#snapshot?.revoked.has(jti) ?? false;
  }

  /**
   * How old the knowledge is, in milliseconds; infinite without any. The clock that has moved more counts: one can be set, and the
   * other stands still while a machine sleeps.
   */
  age(): number {
    if (this.#snapshot === null) return Number.POSITIVE_INFINITY;
    const byClock = this.#clock.now() - this.#confirmedTime;
    return Math.max(byClock, this.#clock.monotonic() - this.#confirmedMonotonic, 0);
  }

  /** Takes a complete snapshot in place of the one before. Tokens that were revoked stay so. */
  replace(snapshot: Snapshot): void {
    for (const [jti, expires] of this.#snapshot?.revoked ?? []) snapshot.revoked.set(jti, expires);
    this.#snapshot = snapshot;
    this.#confirm();
  }

  /** Starts from what was on disk, confirmed at a time. */
  restore(snapshot: Snapshot, confirmedTime: number): void {
    const age = this.#clock.now() - confirmedTime;
    const isUnknown = age < -CLOCK_TOLERANCE_MS;
    this.#snapshot = snapshot;
    this.#confirmedTime = isUnknown ? Number.NEGATIVE_INFINITY : confirmedTime;
    this.#confirmedMonotonic = isUnknown ? Number.NEGATIVE_INFINITY : this.#clock.monotonic() - Math.max(age, 0);
  }

  /** Applies what has changed since. */
  apply({ sequence, changes }: Pick<AccessChanges, "sequence" | "changes">): void {
    if (this.#snapshot === null) return;
    applyChanges(this.#snapshot, sequence, changes);
    this.#confirm();
  }

  #confirm(): void {
    this.#confirmedTime = this.#clock.now();
    this.#confirmedMonotonic = this.#clock.monotonic();
    if (this.#snapshot !== null) forgetEnded(this.#snapshot, this.#confirmedTime);
  }
}
