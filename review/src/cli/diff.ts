import { Command } from "commander";
import { compare } from "../compare/compare";
import { withGivenUp } from "../compare/given-up";
import { withHeldIn } from "../compare/held-in";
import { decide } from "../gate/decide";
import { requireApproval } from "../gate/require-approval";
import { lowerStacksOf, RULES_FILE, type Rules } from "../gate/rules";
import { pathFromRoot } from "../git/commit";
import type { AccessDiff } from "../model/access-diff";
import { EXIT_CODES } from "../model/decision";
import { REVIEW_VERSION, type Review } from "../model/review";
import { reviewRules } from "../rules-file/changed-rules";
import { findRules } from "../rules-file/find-rules";
import { findRepairs } from "../sources/broken-locks";
import { assertStacksExist, limitToOneStack, type Named } from "../sources/missing-stacks";
import { needsOther, OPERANDS, type Operand, readOperand } from "../sources/operand";
import { declaredEverywhere } from "../sources/other-stacks";
import { askForGivenUp, findUnlockedStacks } from "../sources/unlocked-stacks";
import {
  type OutputOptions,
  type ProgramOptions,
  withOutputOptions,
  withProgramOptions,
  writeReview,
} from "./review-options";

interface DiffOptions extends ProgramOptions, OutputOptions {
  readonly rules?: string;
  readonly rulesFrom?: string;
  readonly use?: true;
}

const HELP = `
${OPERANDS}

The rules and waivers of BASE apply, never those of the change itself.

--use reads what gateways have counted from XTREMEPUSH_ENDPOINT for XTREMEPUSH_PROJECT, with a viewer's XTREMEPUSH_TOKEN. Without
a token it does nothing. It changes neither the decision nor the exit code, also when it fails; the report then says so.`;

/** `diff BASE HEAD`: what a change does to access, and what the rules decide. */
export function diffCommand(): Command {
  const command = new Command("diff")
    .description("Reports what a change does to access and whether it needs approval.")
    .argument("<base>", "the version to compare with")
    .argument("<head>", "the version to review")
    .option("--rules-from <ref>", `the commit whose ${RULES_FILE} applies, instead of BASE`)
    .option("--rules <file>", "a rules file that you trust, instead of the rules of BASE")
    .option("--use", "also show when the permissions that are taken away were last used")
    .addHelpText("after", HELP);
  return withOutputOptions(withProgramOptions(command)).action(
    async (base: string, head: string, options: DiffOptions) => {
      const review = await makeReview(base, head, options);
      process.exitCode = EXIT_CODES[review.decision.outcome];
      await writeReview(review, options);
    },
  );
}

async function makeReview(base: string, head: string, options: DiffOptions): Promise<Review> {
  const read = await readSides(base, head, options);
  const sides = [
    { text: base, operand: read.before },
    { text: head, operand: read.after },
  ] as const;
  assertStacksExist(options.stack, ...sides);
  const { before, after: asked } = limitToOneStack(...sides);
  const { after, givenUp } = await findUnlockedStacks(before, { text: head, operand: asked });
  const [named, reviewed] = [
    { text: base, operand: before },
    { text: head, operand: after },
  ];
  const { rules, from, asks } = await findRules({
    base: before.commit && { commit: before.commit, ref: base },
    head: after.commit && { commit: after.commit, ref: head },
    folder: options.program,
    rulesRef: options.rulesFrom,
    rulesFile: options.rules,
  });
  const repairs = await findRepairs(before, reviewed, { folder: options.program, ref: options.rulesFrom });
  const left = before.manifests.filter((manifest) => !givenUp.includes(manifest));
  const allGivenUp = [...givenUp, ...repairs.givenUp];
  const compared = compare(left, [...after.manifests, ...repairs.uncertain], allGivenUp);
  const decided = await withLowerStacks(compared, rules, { ...read, folder: options.program });
  const { diff, notes } = await withLostUse(decided, read, options);
  const allAsks = [...asks, ...repairs.asks, ...givenUp.map(askForGivenUp)];
  return {
    version: REVIEW_VERSION,
    base,
    head,
    rulesFrom: from,
    // GitHub resolves paths from the root of the repository.
    program: await pathFromRoot(options.program),
    notes: [...allAsks.map(({ reason }) => reason), ...(await collectNotes(named, reviewed)), ...notes],
    diff,
    decision: requireApproval(decide(withGivenUp(decided, allGivenUp), rules, new Date()), allAsks),
  };
}

/** Adds what the rules ask about the stacks that come before others. */
async function withLowerStacks(
  diff: AccessDiff,
  rules: Rules,
  { before, after, folder }: { readonly before: Operand; readonly after: Operand; readonly folder: string },
): Promise<AccessDiff> {
  const stacks = lowerStacksOf(rules);
  if (stacks.length === 0) return diff;
  return withHeldIn(diff, stacks, [await declaredEverywhere(before, folder), await declaredEverywhere(after, folder)]);
}

/** Reads with `--use` when what is taken away was last used. */
async function withLostUse(
  diff: AccessDiff,
  { before, after }: { readonly before: Operand; readonly after: Operand },
  { use }: DiffOptions,
): Promise<{ readonly diff: AccessDiff; readonly notes: readonly string[] }> {
  if (use !== true) return { diff, notes: [] };
  // The AccessClient takes long to load.
  const { withUse } = await import("../sources/lost-use.js");
  const declared = [...before.manifests, ...after.manifests];
  return withUse(diff, { declared, environment: process.env, now: new Date() });
}

/** A side that takes its stacks from the other one is read second. */
async function readSides(base: string, head: string, { program: folder, stack: stacks, timeout }: DiffOptions) {
  const context = { folder, stacks, environment: process.env, timeoutSeconds: timeout };
  if (needsOther(base) && !needsOther(head)) {
    const after = await readOperand(head, { ...context, side: "head" });
    const before = await readOperand(base, { ...context, side: "base" }, after.manifests);
    return { before, after };
  }
  const before = await readOperand(base, { ...context, side: "base" });
  return { before, after: await readOperand(head, { ...context, side: "head" }, before.manifests) };
}

async function collectNotes(base: Named, head: Named): Promise<string[]> {
  const { commit } = base.operand;
  if (commit === null) return [];
  const noLock = !base.operand.hasLocks;
  return [
    ...(noLock ? ["BASE has no lock file, so everything counts as new"] : []),
    ...(await reviewRules({ text: base.text, commit }, { text: head.text, commit: head.operand.commit })),
  ];
}
