import { quoted, word } from "xtremepush-access/text";
import type { Ask } from "../gate/require-approval";
import type { Manifest } from "../model/manifest";
import { ReviewFailure } from "../review-failure";
import { configurationIn } from "./configuration-in";
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

/** Why a stack needs a lock file: its configuration is still there. */
export function unlockedStack(text: string, stack: string, file: string): ReviewFailure {
  return new ReviewFailure(
    `${text} has no lock file of the stack ${quoted(stack)} but still has ${file}; write the lock file with \`xtremepush-access-review lock --stack ${stack}\` and commit it, or remove ${file} too`,
  );
}

/** Says what giving up a stack means. */
export function askForGivenUp({ stack, clients }: Manifest): Ask {
  const are =
    clients.length === 1 ? "client keeps its secret and permissions" : "clients keep their secrets and permissions";
  const reason = [
    `this change gives up the stack ${quoted(stack)}: nothing is destroyed.`,
    `Its ${clients.length} ${are}, and no program manages them.`,
    `To delete them, somebody with access to the stack's state must run \`pulumi destroy --stack ${word(stack)}\` in a commit that still has the stack`,
  ].join(" ");
  return { rule: "given-up-stack", reason, softens: null };
}
