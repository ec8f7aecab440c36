import path from "node:path";
import { quoted } from "xtremepush-access/text";
import type { GivenUp } from "../compare/given-up";
import type { Ask } from "../gate/require-approval";
import { type Commit, openCommit } from "../git/commit";
import { lockPath } from "../lock/lock-file";
import { type BrokenLock, readableLocksIn } from "../lock/locks";
import { MANIFEST_VERSION, type Manifest, type StackId } from "../model/manifest";
import { ReviewFailure } from "../review-failure";
import { configurationIn } from "./configuration-in";
import type { Named } from "./missing-stacks";
import type { Operand } from "./operand";
import { unlockedStack } from "./unlocked-stacks";

/** What HEAD does to the lock files of BASE that cannot be read. */
export interface Repairs {
  readonly asks: readonly Ask[];
  readonly givenUp: readonly GivenUp[];
  /** The stacks whose lock file HEAD deletes, and that it may still have. */
  readonly uncertain: readonly Manifest[];
}

/** The commit whose rules decide, when it is not BASE. */
export interface Deciding {
  readonly folder: string;
  readonly ref: string | undefined;
}

/**
 * Lets a change repair or delete the lock files of BASE that cannot be read, with an approval.
 *
 * @throws ReviewFailure when HEAD is not a commit, or deletes such a file but keeps the configuration of its stack.
 */
export async function findRepairs(base: Operand, { text, operand: head }: Named, deciding: Deciding): Promise<Repairs> {
  const { broken, commit } = base;
  const [first] = broken;
  if (first === undefined) return { asks: [], givenUp: [], uncertain: [] };
  if (head.commit === null || commit === null) throw new ReviewFailure(first.why);
  const stillBroken = await brokenIn(deciding, broken);
  const found: Repairs[] = [];
  for (const lock of broken) {
    const repaired = head.manifests.find((manifest) => lockPath(manifest) === lock.file);
    if (repaired === undefined) {
      found.push(await findDeleted(lock, { text, before: commit, after: head.commit }));
      continue;
    }
    const isReadable = !stillBroken.some(({ file }) => file === lock.file);
    found.push({
      asks: [askForRepair(lock, repaired, isReadable ? deciding.ref : undefined)],
      givenUp: [],
      uncertain: [],
    });
  }
  return {
    asks: found.flatMap(({ asks }) => asks),
    givenUp: found.flatMap(({ givenUp }) => givenUp),
    uncertain: found.flatMap(({ uncertain }) => uncertain),
  };
}

/** A change chooses where it branches off. So an old commit with a broken lock file must not relax the rules of today. */
async function brokenIn({ folder, ref }: Deciding, broken: readonly BrokenLock[]): Promise<readonly BrokenLock[]> {
  if (ref === undefined) return broken;
  return (await readableLocksIn(await openCommit(folder, ref), ref)).broken;
}

function askForRepair({ why }: BrokenLock, { pulumiProject, stack }: StackId, readableIn: string | undefined): Ask {
  const repairs = `${why}. This change repairs it: everything in the stack ${quoted(stack)} counts as new`;
  if (readableIn === undefined) {
    const reason = `${repairs}, and what a rule denies there needs approval`;
    return { rule: "repaired-lock-file", reason, softens: { pulumiProject, stack } };
  }
  const reason = `${repairs}. It is not broken in ${quoted(readableIn)}, so what a rule denies there stays denied: merge ${quoted(readableIn)} into this change to compare with its lock file`;
  return { rule: "repaired-lock-file", reason, softens: null };
}

interface Sides {
  /** HEAD, as it was given. */
  readonly text: string;
  readonly before: Commit;
  readonly after: Commit;
}

async function findDeleted({ file, why }: BrokenLock, { text, before, after }: Sides): Promise<Repairs> {
  const stacks = stacksIn(file);
  const givenUp: StackId[] = [];
  for (const id of stacks) {
    const configuration = await configurationIn(after, id.stack);
    if (configuration !== null) throw unlockedStack(text, id.stack, configuration);
    if ((await configurationIn(before, id.stack)) !== null) givenUp.push(id);
  }
  const reason = `${why}. This change deletes it: what it declared is not known, and nothing of it is destroyed`;
  return {
    asks: [{ rule: "repaired-lock-file", reason, softens: null }],
    givenUp: givenUp.map((id) => ({ ...id, clients: null })),
    uncertain: givenUp.length > 0 ? [] : stacks.map((id) => uncertainStack(id, text)),
  };
}

function uncertainStack(id: StackId, text: string): Manifest {
  const why = `${text} no longer has its lock file, which could not be read, and it never had a Pulumi.${id.stack}.yaml to show whether it is gone`;
  return { version: MANIFEST_VERSION, ...id, catalog: "0.0.0", clients: [], grants: [], uncertain: [why] };
}

/** The stacks that a lock file may be of: both parts of its name may contain dots. */
function stacksIn(file: string): StackId[] {
  const parts = path.basename(file, ".json").split(".");
  return parts.slice(1).map((_, index) => ({
    pulumiProject: parts.slice(0, index + 1).join("."),
    stack: parts.slice(index + 1).join("."),
  }));
}
