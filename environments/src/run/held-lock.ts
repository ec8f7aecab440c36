import { type AccessClient, AccessError, type Environment, type EnvironmentAddress } from "xtremepush-access";
import { ENVIRONMENT_LOCK_MS } from "xtremepush-access/schemas";
import { quoted } from "xtremepush-access/text";
import { EnvironmentFailure } from "../environment-failure";
import type { Progress } from "../pulumi/progress";
import type { KnownDead } from "../pulumi/workspace";
import type { StopSignal } from "./stop-signal";

/** How often a run reports that it works, in milliseconds. */
const HEARTBEAT_MS = 10_000;
/** A report that is older than this is made again before the next step. */
const FRESH_MS = 3 * HEARTBEAT_MS;

interface HeldLockFacts {
  readonly access: AccessClient;
  readonly address: EnvironmentAddress;
  readonly environment: Environment;
  readonly deadRuns: readonly KnownDead[];
  readonly run: string;
  readonly isNew: boolean;
  readonly isLate: boolean;
  readonly progress: Progress;
  readonly stop: StopSignal;
  /** Milliseconds that only grow. @default the process's own */
  readonly now?: () => number;
}

/** The lock of a run, which reports that it works until it gives the lock back. */
export class HeldLock {
  readonly environment: Environment;
  readonly isNew: boolean;
  readonly isLate: boolean;
  readonly deadRuns: readonly KnownDead[];
  readonly #facts: HeldLockFacts;
  readonly #timer: NodeJS.Timeout;
  readonly #now: () => number;
  #seen: number;
  #beating: Promise<void> | null = null;
  /** Why the lock is lost. */
  #lost: string | null = null;
  #isRemoved = false;

  constructor(facts: HeldLockFacts) {
    this.environment = facts.environment;
    this.isNew = facts.isNew;
    this.isLate = facts.isLate;
    this.deadRuns = facts.deadRuns;
    this.#facts = facts;
    this.#now = facts.now ?? (() => performance.now());
    this.#seen = this.#now();
    this.#timer = setInterval(() => void this.#beat(), HEARTBEAT_MS);
  }

  /** @throws EnvironmentFailure when the run has lost the lock, cannot know whether it has, or was stopped. */
  async assertHeld(): Promise<void> {
    const { stop, address } = this.#facts;
    stop.assertRunning();
    if (this.#now() - this.#seen > FRESH_MS) await this.#beat();
    if (this.#lost !== null) throw new EnvironmentFailure(this.#lost);
    if (this.#now() - this.#seen < ENVIRONMENT_LOCK_MS) return;
    throw new EnvironmentFailure(
      `the backend has not answered for a minute, so another run may be changing ${quoted(address.name)}; run it again`,
    );
  }

  async remove(): Promise<void> {
    const { access, address, run } = this.#facts;
    clearInterval(this.#timer);
    await this.#beating;
    await access.environments.delete(address, { run });
    this.#isRemoved = true;
  }

  /** Gives the lock back; where that fails, the lock ends a minute later by itself. */
  async release(finished: boolean): Promise<void> {
    const { access, address, run, progress } = this.#facts;
    clearInterval(this.#timer);
    await this.#beating;
    if (this.#isRemoved) return;
    try {
      await access.environments.unlock(address, { run, finished });
    } catch (error) {
      if (!AccessError.is(error)) throw error;
      progress.line(
        `the lock of ${quoted(address.name)} could not be given back, and ends in a minute: ${error.message}`,
      );
    }
  }

  /** A report that fails is made again; one that comes too late finds out that another run has the lock. */
  #beat(): Promise<void> {
    this.#beating ??= this.#report().finally(() => {
      this.#beating = null;
    });
    return this.#beating;
  }

  async #report(): Promise<void> {
    const { access, address, run } = this.#facts;
    try {
      await access.environments.heartbeat(address, run, { timeoutMs: HEARTBEAT_MS });
      this.#seen = this.#now();
    } catch (error) {
      if (!AccessError.is(error)) throw error;
      if (error.code === "lock_lost" || error.code === "environment_not_found") this.#lost = error.detail;
    }
  }
}
