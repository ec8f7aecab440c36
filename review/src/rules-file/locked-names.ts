import { z } from "zod";
import type { LockedNames } from "../gate/rule-problems";
import type { Commit } from "../git/commit";
import { LOCK_FOLDER } from "../lock/lock-file";

const LOCK_PATH = new RegExp(`(?:^|/)${LOCK_FOLDER}/[^/]+\\.json$`);

/** What a lock file names, read leniently: another program's file may be of any version. */
const Named = z.looseObject({
  stack: z.string(),
  clients: z.array(z.looseObject({ name: z.union([z.string(), z.unknown().transform(() => null)]) })).default([]),
});

/**
 * The stacks of HEAD, and the clients of BASE and HEAD. The rules are those of the whole repository, so the lock files of all
 * its programs count.
 */
export async function lockedNames(base: Commit, head: Commit): Promise<LockedNames> {
  const ofBase = await locksIn(base);
  const ofHead = base.sha === head.sha ? ofBase : await locksIn(head);
  const texts = new Map<string, z.output<typeof Named> | null>();
  for (const id of new Set([...ofBase, ...ofHead])) texts.set(id, readNames(await head.blob(id)));
  const read = (ids: readonly string[]) => ids.flatMap((id) => texts.get(id) ?? []);
  return {
    stacks: read(ofHead).map(({ stack }) => stack),
    clients: [...read(ofBase), ...read(ofHead)].flatMap(({ stack, clients }) =>
      clients.map(({ name }) => ({ stack, name })),
    ),
  };
}

/** The ids of the lock files of a commit. */
async function locksIn(commit: Commit): Promise<string[]> {
  return [...(await commit.tree())].filter(([file]) => LOCK_PATH.test(file)).map(([, id]) => id);
}

/** Null for what is not a lock file. */
function readNames(text: string): z.output<typeof Named> | null {
  try {
    return Named.safeParse(JSON.parse(text)).data ?? null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
