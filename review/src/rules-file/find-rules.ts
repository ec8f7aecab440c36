import { readFile } from "node:fs/promises";
import { NO_RULES, RULES_FILE, type Rules } from "../gate/rules";
import { type Commit, openCommit, pathFromRoot } from "../git/commit";
import { ReviewFailure } from "../review-failure";
import { readRules } from "./read-rules";

export interface FoundRules {
  readonly rules: Rules;
  /** Null when there is no rules file and the defaults decide. */
  readonly from: string | null;
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
  if (rulesFile !== undefined) return { rules: readRules(await readText(rulesFile), rulesFile), from: rulesFile };
  const deciding = rulesRef === undefined ? base : { commit: await openCommit(folder, rulesRef), ref: rulesRef };
  // Checks HEAD when it is a commit: otherwise a change that moves BASE's misplaced rules could never be merged.
  const asked = head ?? deciding;
  if (asked !== null) await assertInPlace(asked, folder);
  const text = (await deciding?.commit.readFromRoot(RULES_FILE)) ?? null;
  if (deciding === null || text === null) return { rules: NO_RULES, from: null };
  const from = `${deciding.ref}:${RULES_FILE}`;
  return { rules: readRules(text, from), from };
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
