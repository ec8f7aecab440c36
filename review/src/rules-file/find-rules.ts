import { readFile } from "node:fs/promises";
import { NO_RULES, RULES_FILE, type Rules } from "../gate/rules";
import { type Commit, openCommit, pathFromRoot } from "../git/commit";
import { ReviewFailure } from "../review-failure";
import { readRules } from "./read-rules";

/** Rules and where they came from. */
export interface FoundRules {
  readonly rules: Rules;
  /** Null when there are none, and the defaults decide. */
  readonly from: string | null;
}

/** A commit, and how it was asked for. */
interface AskedCommit {
  readonly commit: Commit;
  readonly ref: string;
}

export interface RulesContext {
  /** Null when BASE is not a commit, as HEAD below. */
  readonly base: AskedCommit | null;
  readonly head: AskedCommit | null;
  readonly folder: string;
  /** A commit whose rules count, where BASE is none. */
  readonly rulesRef?: string | undefined;
  /** A file that the caller vouches for. */
  readonly rulesFile?: string | undefined;
}

/**
 * Finds the rules that decide: those of BASE, never those of the change itself.
 *
 * @throws ReviewFailure when they are there and cannot be read, or are where nobody reads them.
 */
export async function findRules({ base, head, folder, rulesRef, rulesFile }: RulesContext): Promise<FoundRules> {
  if (rulesFile !== undefined) return { rules: readRules(await textOf(rulesFile), rulesFile), from: rulesFile };
  const deciding = rulesRef === undefined ? base : { commit: await openCommit(folder, rulesRef), ref: rulesRef };
  // Of HEAD, where it is a commit: else nothing could be merged that moves those of BASE, which nobody has ever read.
  const asked = head ?? deciding;
  if (asked !== null) await assertInPlace(asked, folder);
  const text = (await deciding?.commit.readFromRoot(RULES_FILE)) ?? null;
  if (deciding === null || text === null) return { rules: NO_RULES, from: null };
  const from = `${deciding.ref}:${RULES_FILE}`;
  return { rules: readRules(text, from), from };
}

const OTHER_NAMES = ["access-review.yml", "access-review.json"];

/** Rules that nobody reads must not look like none. */
async function assertInPlace({ commit, ref }: AskedCommit, folder: string): Promise<void> {
  const program = await pathFromRoot(folder);
  const besideProgram = program === "" ? [] : [RULES_FILE, ...OTHER_NAMES].map((name) => `${program}${name}`);
  const [file] = await commit.among([...OTHER_NAMES, ...besideProgram]);
  if (file === undefined) return;
  throw new ReviewFailure(
    `${ref} has ${file}, where no rules are read: they are in ${RULES_FILE} in the root of the repository; move them there`,
  );
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch {
    throw new ReviewFailure(`the rules ${file} cannot be read: are they there?`);
  }
}
