import path from "node:path";
import { quoted, word } from "xtremepush-access/text";
import { parse } from "yaml";
import type { Ask } from "../gate/require-approval";
import type { Commit } from "../git/commit";
import { lockPath } from "../lock/lock-file";
import type { Manifest } from "../model/manifest";
import { ReviewFailure } from "../review-failure";
import { keyOf, type Named } from "./missing-stacks";
import type { Operand } from "./operand";

/** HEAD with the stacks that are uncertain because their lock file is gone, and the stacks of BASE that it gives up. */
export interface WithoutLocks {
  readonly after: Operand;
  readonly givenUp: readonly Manifest[];
}

/**
 * Handles each stack whose lock file HEAD removes. When HEAD removes its configuration too, the stack is given up; otherwise
 * what its program declares is unknown, and HEAD gets an uncertain manifest for it.
 *
 * @throws ReviewFailure when HEAD still has the configuration of such a stack, or has no lock file at all without giving up
 * every stack of BASE.
 */
export async function findUnlockedStacks(base: Operand, { text, operand: head }: Named): Promise<WithoutLocks> {
  if (head.commit === null) return { after: head, givenUp: [] };
  const locked = new Set(head.manifests.map(keyOf));
  const unlocked = base.manifests.filter((each) => !locked.has(keyOf(each)));
  const configured = await Promise.all(
    unlocked.map(async (manifest) => ({
      manifest,
      before: base.commit && (await configurationIn(base.commit, manifest.stack)),
      after: head.commit && (await configurationIn(head.commit, manifest.stack)),
    })),
  );
  const givenUp = configured.filter(({ before, after }) => before !== null && after === null);
  if (!head.hasLocks && base.broken.length === 0 && givenUp.length < Math.max(1, unlocked.length)) {
    throw new ReviewFailure(
      `${text} has no lock file in access/; write one with \`xtremepush-access-review lock\` and commit it`,
    );
  }
  const uncertain = configured.flatMap(({ manifest, before, after }): Manifest[] => {
    if (after !== null) throw unlockedStack(text, manifest.stack, after);
    if (before !== null) return [];
    const { stack } = manifest;
    const why = `${text} no longer has its lock file, and it never had a Pulumi.${stack}.yaml to show whether it is gone`;
    return [{ ...manifest, clients: [], grants: [], uncertain: [why] }];
  });
  return {
    after: { ...head, manifests: [...head.manifests, ...uncertain] },
    givenUp: givenUp.map(({ manifest }) => manifest),
  };
}

function unlockedStack(text: string, stack: string, file: string): ReviewFailure {
  return new ReviewFailure(
    `${text} has no lock file of the stack ${quoted(stack)} but still has ${file}; write the lock file with \`xtremepush-access-review lock --stack ${stack}\` and commit it, or remove ${file} too`,
  );
}

/** Says what giving up a stack means. */
export function askForGivenUp({ pulumiProject, stack, clients }: Manifest): Ask {
  const are =
    clients.length === 1 ? "client keeps its secret and permissions" : "clients keep their secrets and permissions";
  const reason = [
    `this change gives up the stack ${quoted(stack)}: nothing is destroyed.`,
    `Its ${clients.length} ${are}, and no program manages them.`,
    `To delete them, somebody with access to the stack's state must run \`pulumi destroy --stack ${word(stack)}\` in a commit that still has the stack`,
  ].join(" ");
  return { rule: "given-up-stack", reason, stack: { pulumiProject, stack } };
}

/**
 * Lets a change repair or delete the lock files of BASE that cannot be read, with an approval.
 *
 * @throws ReviewFailure when HEAD is not a commit, or deletes such a file but keeps the configuration of its stack.
 */
export async function askForRepairs({ broken }: Operand, { text, operand: head }: Named): Promise<Ask[]> {
  const asks: Ask[] = [];
  for (const { file, why } of broken) {
    if (head.commit === null) throw new ReviewFailure(why);
    const repaired = head.manifests.find((manifest) => lockPath(manifest) === file);
    if (repaired !== undefined) {
      const { pulumiProject, stack } = repaired;
      const reason = `${why}. This change repairs it: everything in the stack ${quoted(stack)} counts as new, and what a rule denies there needs approval`;
      asks.push({ rule: "repaired-lock-file", reason, stack: { pulumiProject, stack } });
      continue;
    }
    for (const stack of stacksIn(file)) {
      const configuration = await configurationIn(head.commit, stack);
      if (configuration !== null) throw unlockedStack(text, stack, configuration);
    }
    const reason = `${why}. This change deletes it: what it declared is not known, and nothing of it is destroyed`;
    asks.push({ rule: "repaired-lock-file", reason, stack: null });
  }
  return asks;
}

/** The stacks that a lock file may be of: both parts of its name may contain dots. */
function stacksIn(file: string): string[] {
  const [, ...parts] = path.basename(file, ".json").split(".");
  return parts.map((_, index) => parts.slice(index).join("."));
}

const EXTENSIONS = ["yaml", "yml", "json"];

/** The configuration file of a stack in a commit; null when it has none. */
async function configurationIn(commit: Commit, stack: string): Promise<string | null> {
  const folder = await configurationFolder(commit);
  for (const extension of EXTENSIONS) {
    const name = `Pulumi.${stack}.${extension}`;
    const file = folder === "" ? name : `${folder}/${name}`;
    if (await commit.has(file)) return file;
  }
  return null;
}

/** Pulumi.yaml may name another folder for the configuration of the stacks, under either of two keys. */
async function configurationFolder(commit: Commit): Promise<string> {
  for (const extension of EXTENSIONS) {
    const text = await commit.read(`Pulumi.${extension}`);
    if (text === null) continue;
    const { stackConfigDir, config } = Object(contentOf(text));
    const folder: unknown = stackConfigDir ?? config;
    return typeof folder === "string" ? folder.replace(/^(?:\.\/+)+|\/+$|^\.$/g, "") : "";
  }
  return "";
}

function contentOf(text: string): unknown {
  try {
    return parse(text);
  } catch {
    // Without a readable Pulumi.yaml, the program's own folder is the most likely one.
    return {};
  }
}
