import type { Environment, EnvironmentLock } from "xtremepush-access";
import type { AccessEnv, Entry } from "../file/access-env";
import { isPattern, matchesEntry } from "../file/environment-name";
import type { StackSummary } from "../pulumi/workspace";

/** An environment of `access-env.yaml`, or of one of its patterns. */
export interface ListedEnvironment {
  readonly name: string;
  /** The entry that it comes from: its name, or a pattern. */
  readonly entry: string;
  readonly protected: boolean;
  readonly ttl: string | null;
  /** Whether its stack exists. */
  readonly exists: boolean;
  /** RFC 3339; null before its first update. */
  readonly lastUpdate: string | null;
  readonly resources: number;
  /** When its time to live is over; null for one that stays, or that the backend does not know. */
  readonly expiresTime: string | null;
  /** The run that is changing it, or died while it did. */
  readonly lock: EnvironmentLock | null;
}

/** A pattern of `access-env.yaml`, and how many environments it has. */
export interface ListedPattern {
  readonly entry: string;
  readonly count: number;
  readonly max: number | null;
}

export interface Listing {
  readonly environments: readonly ListedEnvironment[];
  readonly patterns: readonly ListedPattern[];
  /** The stacks of the program that no entry names. */
  readonly others: readonly string[];
}

/** Lists the environments of a file beside the stacks that exist and what the backends know. */
export function listEnvironments(
  { environments }: AccessEnv,
  stacks: readonly StackSummary[],
  records: readonly Environment[] = [],
): Listing {
  const entries = Object.entries(environments);
  const patterns = entries.filter(([entry]) => isPattern(entry));
  const named = entries.filter(([entry]) => !isPattern(entry));
  const names = new Set(named.map(([entry]) => entry));
  const unnamed = stacks.filter(({ name }) => !names.has(name));
  const patternOf = (name: string) => patterns.find(([pattern]) => matchesEntry(pattern, name));
  const known = { stacks, records };
  // What a run that died left may be known to the backend alone.
  const short = new Set([...unnamed, ...records].map(({ name }) => name).filter((name) => !names.has(name)));
  const found = [...short].flatMap((name) => {
    const entry = patternOf(name);
    return entry === undefined ? [] : [listed(name, entry, known)];
  });
  return {
    environments: [...named.map((entry) => listed(entry[0], entry, known)), ...found],
    patterns: patterns.map(([entry, { max }]) => ({
      entry,
      count: found.filter(({ name, exists }) => exists && matchesEntry(entry, name)).length,
      max: max ?? null,
    })),
    others: unnamed.flatMap(({ name }) => (patternOf(name) === undefined ? [name] : [])),
  };
}

interface Known {
  readonly stacks: readonly StackSummary[];
  readonly records: readonly Environment[];
}

function listed(
  name: string,
  [entry, settings]: readonly [string, Entry],
  { stacks, records }: Known,
): ListedEnvironment {
  const stack = stacks.find((each) => each.name === name);
  const record = records.find((each) => each.name === name);
  return {
    name,
    entry,
    protected: settings.protected,
    ttl: settings.ttl ?? null,
    exists: stack !== undefined,
    lastUpdate: stack?.lastUpdate ?? null,
    resources: stack?.resources ?? 0,
    expiresTime: record?.expiresTime ?? null,
    lock: record?.lock ?? null,
  };
}
