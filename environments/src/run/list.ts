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

/** Lists the environments of a file beside the stacks that exist. */
export function listEnvironments({ environments }: AccessEnv, stacks: readonly StackSummary[]): Listing {
  const entries = Object.entries(environments);
  const named = entries.filter(([entry]) => !isPattern(entry));
  const patterns = entries.filter(([entry]) => isPattern(entry));
  const names = new Set(named.map(([entry]) => entry));
  const unnamed = stacks.filter(({ name }) => !names.has(name));
  const ofPattern = (pattern: string) => unnamed.filter(({ name }) => matchesEntry(pattern, name));
  const found = unnamed.flatMap((stack) => {
    const entry = patterns.find(([pattern]) => matchesEntry(pattern, stack.name));
    return entry === undefined ? [] : [listed(stack.name, entry, stack)];
  });
  return {
    environments: [
      ...named.map((entry) => {
        const stack = stacks.find(({ name }) => name === entry[0]);
        return listed(entry[0], entry, stack);
      }),
      ...found,
    ],
    patterns: patterns.map(([entry, { max }]) => ({ entry, count: ofPattern(entry).length, max: max ?? null })),
    others: unnamed.flatMap(({ name }) => (found.some((each) => each.name === name) ? [] : [name])),
  };
}

function listed(
  name: string,
  [entry, settings]: readonly [string, Entry],
  stack: StackSummary | undefined,
): ListedEnvironment {
  return {
    name,
    entry,
    protected: settings.protected,
    ttl: settings.ttl ?? null,
    exists: stack !== undefined,
    lastUpdate: stack?.lastUpdate ?? null,
    resources: stack?.resources ?? 0,
  };
}
