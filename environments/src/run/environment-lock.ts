import { randomUUID } from "node:crypto";
import {
  type AccessClient,
  AccessError,
  type Environment,
  type EnvironmentAddress,
  type EnvironmentLock,
  type EnvironmentPut,
  NotFoundError,
} from "xtremepush-access";
import { word } from "xtremepush-access/text";
import { EnvironmentFailure } from "../environment-failure";
import { isKnownDead, ownProcess } from "../process-identity";
import type { KnownDead } from "../pulumi/workspace";
import { isProjectMissing, missingProject } from "./backend-project";
import { HeldLock } from "./held-lock";
import type { RunOptions } from "./run-options";
import { StopSignal } from "./stop-signal";

/** What a run asks a lock for. */
export interface LockRequest extends RunOptions {
  /** Null when the backend is not known here; then there is no lock. */
  readonly access: AccessClient | null;
  readonly address: EnvironmentAddress;
  readonly command: "up" | "deliver" | "down" | "reap";
  /** What the record of the environment is made from; null where a missing one needs no lock. */
  readonly record: EnvironmentPut | null;
  /** Whether the time to live starts again. */
  readonly isRenewed: boolean;
}

/** What a run holds while it changes an environment. */
export interface Lock {
  /** The record of the environment; null without a backend, or where nothing was to be locked. */
  readonly environment: Environment | null;
  /** Whether the run made the record. */
  readonly isNew: boolean;
  /** Whether another run may have changed the environment since this one began. */
  readonly isLate: boolean;
  /** The runs that died before; what they left of other locks may be removed. */
  readonly deadRuns: readonly KnownDead[];
  /** Call it before each step. @throws EnvironmentFailure when the run must stop. */
  assertHeld(): Promise<void>;
  /** Removes the record, because nothing is left of the environment. */
  remove(): Promise<void>;
}

/** Another run is changing the environment. */
export class EnvironmentBusy extends EnvironmentFailure {}

/**
 * Does work while no other run changes the environment.
 *
 * @throws EnvironmentFailure when another run has the lock for too long, the project cannot be seen, or the run is stopped.
 */
export async function withLock<Result>(request: LockRequest, work: (lock: Lock) => Promise<Result>): Promise<Result> {
  const stop = new StopSignal();
  try {
    const lock = request.access === null ? null : await new LockQueue(request, request.access, stop).take();
    if (request.access === null) request.progress.line(UNKNOWN_BACKEND);
    if (lock === null) return await work(unlocked(stop));
    let finished = false;
    try {
      const result = await work(lock);
      finished = true;
      return result;
    } catch (error) {
      // The command of Pulumi that the signal has ended gives no reason of its own.
      stop.assertRunning();
      throw error;
    } finally {
      // Only a run of Pulumi finishes what a dead one has left in the state.
      await lock.release(finished && request.command !== "deliver");
    }
  } finally {
    stop.close();
  }
}

const UNKNOWN_BACKEND =
  "warning: nothing keeps another run from changing the environment at the same time: the endpoint, the project or the token is not known here (a token that is a secret of the configuration is not read; set XTREMEPUSH_TOKEN instead)";

function unlocked(stop: StopSignal): Lock {
  return {
    environment: null,
    isNew: false,
    isLate: false,
    deadRuns: [],
    assertHeld: async () => stop.assertRunning(),
    remove: async () => {},
  };
}

/** How often a run asks for a lock that another one has, in milliseconds. */
const POLL_MS = 2_000;

/** A run that asks for a lock until it has it. */
class LockQueue {
  readonly #request: LockRequest;
  readonly #access: AccessClient;
  readonly #stop: StopSignal;
  readonly #run = randomUUID();
  #isNew = false;
  #isLate = false;
  #deadRun: string | undefined;
  /** The lock that this run found. */
  #found: EnvironmentLock | null = null;
  #reported: string | undefined;

  constructor(request: LockRequest, access: AccessClient, stop: StopSignal) {
    this.#request = request;
    this.#access = access;
    this.#stop = stop;
  }

  /** Null when there is nothing to lock. */
  async take(): Promise<HeldLock | null> {
    const { waitMs, isRenewed, progress, address } = this.#request;
    const end = performance.now() + waitMs;
    if (isRenewed) await this.#put();
    else await this.#find();
    for (;;) {
      this.#stop.assertRunning();
      const answer = await this.#ask();
      if (answer === "nothing") return null;
      if (answer === "again") continue;
      if (!AccessError.is(answer)) {
        const deadRuns = deadRunsOf(answer, this.#found);
        const own = { isNew: this.#isNew, isLate: this.#isLate, run: this.#run, environment: answer, deadRuns };
        if (deadRuns[0]?.run === this.#found?.run) reportDead(deadRuns, progress);
        return new HeldLock({ ...own, access: this.#access, address, progress, stop: this.#stop });
      }
      const left = end - performance.now();
      if (left <= 0) throw new EnvironmentBusy(answer.detail);
      this.#report(answer);
      await this.#stop.during(Math.min(POLL_MS, left));
    }
  }

  /** The environment, or the error that says which run has the lock. */
  async #ask(): Promise<Environment | AccessError | "nothing" | "again"> {
    const { address, command } = this.#request;
    const dead = this.#deadRun === undefined ? {} : { deadRun: this.#deadRun };
    const asking = { run: this.#run, command, ...ownProcess(), ...dead };
    try {
      return await this.#access.environments.lock(address, asking);
    } catch (error) {
      if (!AccessError.is(error)) throw error;
      return error.code === "environment_locked" ? this.#lookAt(error) : this.#make(error);
    }
  }

  /** Whether the run that has the lock is dead, so that it can be taken at once. */
  #lookAt(error: AccessError): AccessError | "again" {
    this.#isLate = true;
    const { lock } = error;
    this.#found = lock ?? null;
    if (lock === undefined || lock.run === this.#deadRun || !isKnownDead(lock)) return error;
    this.#deadRun = lock.run;
    return "again";
  }

  /** Makes a missing record. */
  async #make(error: AccessError): Promise<"nothing" | "again"> {
    // Behind a token that may not see the project, another run may be changing the environment.
    if (isProjectMissing(error)) throw missingProject(this.#request.address.project);
    if (error.code !== "environment_not_found") throw error;
    if (this.#request.record === null) return "nothing";
    await this.#put();
    return "again";
  }

  async #put(): Promise<void> {
    const { record, address } = this.#request;
    if (record === null) return;
    try {
      const { made, lock } = await this.#access.environments.put(address, record);
      this.#isNew = made;
      this.#found = lock;
    } catch (error) {
      if (!AccessError.is(error) || error.code !== "too_many_environments") throw error;
      throw new EnvironmentFailure(error.detail);
    }
  }

  async #find(): Promise<void> {
    try {
      this.#found = (await this.#access.environments.get(this.#request.address)).lock;
    } catch (error) {
      // What is missing is made, or needs no lock.
      if (!NotFoundError.is(error)) throw error;
    }
  }

  #report({ lock, detail }: AccessError): void {
    if (this.#reported === lock?.run) return;
    this.#reported = lock?.run;
    this.#request.progress.line(detail);
  }
}

/** How long before a run a dead one was seen last that may have locked the state without saying so, in milliseconds. */
const RECENT_MS = 10 * 60_000;

/** The dead runs, by the clock of the backend. */
function deadRunsOf({ deadRuns, lock }: Environment, found: EnvironmentLock | null): KnownDead[] {
  const sinceMs = Date.parse(lock?.sinceTime ?? "");
  return deadRuns.map((dead) => ({
    ...dead,
    isRecent: dead.run === found?.run || sinceMs - Date.parse(dead.seenTime) <= RECENT_MS,
  }));
}

function reportDead([dead]: readonly KnownDead[], progress: RunOptions["progress"]): void {
  if (dead === undefined) return;
  const { actor, host, processId, seenTime } = dead;
  progress.line(
    `the run of ${word(actor)} on ${word(host)} (process ${processId}) has died, last seen ${seenTime}: its lock is taken over`,
  );
}
