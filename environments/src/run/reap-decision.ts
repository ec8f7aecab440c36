import type { Environment, EnvironmentLock } from "xtremepush-access";
import { word } from "xtremepush-access/text";
import { EnvironmentFailure } from "../environment-failure";
import type { AccessEnv } from "../file/access-env";
import { namesOfBranch } from "../file/branch-names";
import { isPattern } from "../file/environment-name";
import { findEnvironment } from "../file/find-environment";

/** Why an environment is removed. */
export type ReapReason = "expired" | "branch gone" | "half removed";

/** An environment that is to be removed. */
export interface Removal {
  readonly record: Environment;
  readonly reason: ReapReason;
}

/** An environment that would be removed, and why it stays. */
export interface Kept {
  readonly environment: string;
  readonly project: string;
  readonly why: string;
}

export interface ReapDecision {
  readonly removals: readonly Removal[];
  readonly kept: readonly Kept[];
}

interface ReapQuestion {
  readonly file: AccessEnv;
  readonly records: readonly Environment[];
  /** The branches that exist; null when they do not matter. */
  readonly branches: readonly string[] | null;
  /** How many environments are removed at most. */
  readonly max: number;
  /** Whether the process of a lock that looks alive is known here to be dead. */
  readonly isKnownDead: (lock: EnvironmentLock) => boolean;
}

/** Decides which environments are removed. Only those of a pattern that is not protected can be. */
export function decideReap({ file, records: all, branches, max, isKnownDead }: ReapQuestion): ReapDecision {
  const alive = branches === null ? null : namesAlive(file, branches);
  const records = all.map(({ lock, ...record }) => {
    return { ...record, lock: lock && { ...lock, live: lock.live && !isKnownDead(lock) } };
  });
  const removals: Removal[] = [];
  const kept: Kept[] = [];
  for (const record of records) {
    const reason = reasonOf(record, file, alive);
    if (reason === null) continue;
    const why = whyKept(record, file) ?? (removals.length >= max ? `--max ${max} is reached` : null);
    if (why === null) removals.push({ record, reason });
    else kept.push({ environment: record.name, project: record.project, why });
  }
  return { removals, kept };
}

/** The names that the branches keep, by their pattern; a pattern without `branch` is not here. */
function namesAlive(
  { environments }: AccessEnv,
  branches: readonly string[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const rules = Object.entries(environments).flatMap(([pattern, { branch }]) =>
    branch === undefined ? [] : [{ pattern, template: branch }],
  );
  return new Map(
    rules.map((rule) => [rule.pattern, new Set(branches.flatMap((branch) => namesOfBranch(rule, branch)))]),
  );
}

function reasonOf(
  record: Environment,
  file: AccessEnv,
  alive: ReadonlyMap<string, ReadonlySet<string>> | null,
): ReapReason | null {
  const { name, expired } = record;
  if (expired) return "expired";
  if (isHalfRemoved(record)) return "half removed";
  const names = alive?.get(entryOf(file, name) ?? "");
  return names === undefined || names.has(name) ? null : "branch gone";
}

/** Whether a run died while it took the environment down, and no `up` has begun since. */
function isHalfRemoved({ lock, deadRuns, updatedTime }: Environment): boolean {
  if (lock?.live === true) return false;
  // A `deliver` that took the lock over has set up nothing.
  const last = [...(lock === null ? [] : [lock]), ...deadRuns].find(({ command }) => command !== "deliver");
  if (last?.command !== "down" && last?.command !== "reap") return false;
  return last === lock || Date.parse(last.seenTime) >= Date.parse(updatedTime);
}

function whyKept({ name, project, lock }: Environment, file: AccessEnv): string | null {
  try {
    const { entry, ...environment } = findEnvironment(file, name);
    if (!isPattern(entry)) return "it has an entry of its own in access-env.yaml";
    if (environment.protected) return "it is protected in access-env.yaml";
    if (environment.project !== null && environment.project !== project) {
      return `access-env.yaml says that its project is ${word(environment.project)}`;
    }
  } catch (error) {
    if (!(error instanceof EnvironmentFailure)) throw error;
    return error.message;
  }
  if (lock === null || !lock.live) return null;
  return `${word(lock.actor)} on ${word(lock.host)} (process ${lock.processId}) is changing it since ${lock.sinceTime}`;
}

function entryOf(file: AccessEnv, name: string): string | null {
  try {
    return findEnvironment(file, name).entry;
  } catch (error) {
    if (!(error instanceof EnvironmentFailure)) throw error;
    return null;
  }
}
