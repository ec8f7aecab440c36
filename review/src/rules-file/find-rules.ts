import { readFile } from "node:fs/promises";
import type { Ask } from "../gate/require-approval";
import { NO_RULES, RULES_FILE, type Rules } from "../gate/rules";
import { type Commit, openCommit, pathFromRoot } from "../git/commit";
import { ReviewFailure } from "../review-failure";
import { readRules } from "./read-rules";
import { type RulesOf, rulesOf } from "./rules-of";

export interface FoundRules {
  readonly rules: Rules;
  /** Null when there is no rules file and the defaults decide. */
  readonly from: string | null;
  /** Why a person must approve the change: it repairs rules that cannot be read. */
  readonly asks: readonly Ask[];
}

/** A commit and the ref that named it. */
interface AskedCommit {
  readonly commit: Commit;
  readonly ref: string;
}

export interface RulesContext {
  /** Null when BASE is not a commit. */
  readonly base: AskedCommit | null;
  /** Null when HEAD is not a commit. */
  readonly head: AskedCommit | null;
  readonly folder: string;
  /** A commit whose rules apply instead of BASE's. */
  readonly rulesRef?: string | undefined;
  /** A rules file that the caller trusts. */
  readonly rulesFile?: string | undefined;
}

/**
 * Finds the rules that apply: the rules of BASE, never those of the change itself.
 *
 * @throws ReviewFailure when rules exist but cannot be read, or are in a place where they are not read.
 */
export async function findRules({ base, head, folder, rulesRef, rulesFile }: RulesContext): Promise<FoundRules> {
  if (rulesFile !== undefined) {
    return { rules: readRules(await readText(rulesFile), rulesFile), from: rulesFile, asks: [] };
  }
  const deciding = rulesRef === undefined ? base : { commit: await openCommit(folder, rulesRef), ref: rulesRef };
  // Checks HEAD when it is a commit: otherwise a change that moves BASE's misplaced rules could never be merged.
  const asked = head ?? deciding;
  if (asked !== null) await assertInPlace(asked, folder);
  if (deciding === null) return { rules: NO_RULES, from: null, asks: [] };
  const { rules, failure } = await rulesOf(deciding.commit, deciding.ref);
  if (failure !== null) return findRepairedRules(failure, base, head);
  return { rules: rules ?? NO_RULES, from: rules === null ? null : `${deciding.ref}:${RULES_FILE}`, asks: [] };
}

/**
 * Finds the rules for a change that repairs or deletes those of BASE: else it could not be merged, and nothing after it. The
 * repaired rules apply, but not what they waive or allow by default.
 */
async function findRepairedRules(
  failure: ReviewFailure,
  base: AskedCommit | null,
  head: AskedCommit | null,
): Promise<FoundRules> {
  const [before, after] = [await rulesOfSide(base), await rulesOfSide(head)];
  if (head === null || after === null || after.failure !== null || after.id === before?.id) {
    throw new ReviewFailure(`${failure.message}; a pull request that repairs or deletes it can pass with an approval`);
  }
  const how =
    after.rules === null ? "deletes it" : "repairs it; its rules apply already, without its defaults and waivers";
  return {
    rules: { ...NO_RULES, rules: after.rules?.rules ?? [] },
    from: after.rules === null ? null : `${head.ref}:${RULES_FILE}`,
    asks: [{ rule: "repaired-rules", reason: `${failure.message}. This change ${how}`, softens: null }],
  };
}

async function rulesOfSide(side: AskedCommit | null): Promise<RulesOf | null> {
  return side === null ? null : rulesOf(side.commit, side.ref);
}

const OTHER_NAMES = ["access-review.yml", "access-review.json"];

/** Misplaced rules must not look like no rules. */
async function assertInPlace({ commit, ref }: AskedCommit, folder: string): Promise<void> {
  const program = await pathFromRoot(folder);
  const besideProgram = program === "" ? [] : [RULES_FILE, ...OTHER_NAMES].map((name) => `${program}${name}`);
  const [file] = await commit.among([...OTHER_NAMES, ...besideProgram]);
  if (file === undefined) return;
  throw new ReviewFailure(
    `${ref} has ${file}, but rules are read only from ${RULES_FILE} in the root of the repository; move them there`,
  );
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch {
    throw new ReviewFailure(`the rules file ${file} cannot be read; check that it exists`);
  }
}
