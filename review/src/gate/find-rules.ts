import { readFile } from "node:fs/promises";
import { ReviewFailure } from "../review-failure";
import { type Commit, openCommit } from "../sources/git";
import { readRules } from "./read-rules";
import { NO_RULES, RULES_FILE, type Rules } from "./rules";

/** Rules and where they came from. */
export interface FoundRules {
  readonly rules: Rules;
  /** Null when there are none, and the defaults decide. */
  readonly from: string | null;
}

export interface RulesContext {
  /** The commit that is BASE, and how it was asked for. */
  readonly base: { readonly commit: Commit; readonly ref: string } | null;
  readonly folder: string;
  /** A commit whose rules count, where BASE is none. */
  readonly rulesRef?: string | undefined;
  /** A file that the caller vouches for. */
  readonly rulesFile?: string | undefined;
}

/**
 * Finds the rules that decide: those of BASE, never those of the change itself.
 *
 * @throws ReviewFailure when they are there and cannot be read.
 */
export async function findRules({ base, folder, rulesRef, rulesFile }: RulesContext): Promise<FoundRules> {
  if (rulesFile !== undefined) return { rules: readRules(await textOf(rulesFile), rulesFile), from: rulesFile };
  const ref = rulesRef ?? base?.ref;
  const commit = rulesRef === undefined ? base?.commit : await openCommit(folder, rulesRef);
  const text = (await commit?.readFromRoot(RULES_FILE)) ?? null;
  if (text === null) return { rules: NO_RULES, from: null };
  const from = `${ref}:${RULES_FILE}`;
  return { rules: readRules(text, from), from };
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch {
    throw new ReviewFailure(`the rules ${file} cannot be read: are they there?`);
  }
}
