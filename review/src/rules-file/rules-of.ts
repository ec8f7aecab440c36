import { RULES_FILE, type Rules } from "../gate/rules";
import type { Commit } from "../git/commit";
import { ReviewFailure } from "../review-failure";
import { readRules } from "./read-rules";

/** The rules file of a commit; all null when it has none. */
export interface RulesOf {
  /** Identifies its content. */
  readonly id: string | null;
  /** Null also when they cannot be read. */
  readonly rules: Rules | null;
  readonly failure: ReviewFailure | null;
}

/** Reads the rules of a commit, or why they cannot be read. */
export async function rulesOf(commit: Commit, ref: string): Promise<RulesOf> {
  try {
    const text = await commit.readFromRoot(RULES_FILE);
    if (text === null) return { id: null, rules: null, failure: null };
    return rulesIn(text, `${ref}:${RULES_FILE}`);
  } catch (error) {
    if (error instanceof ReviewFailure) return { id: "not a file", rules: null, failure: error };
    throw error;
  }
}

/** Reads rules, or why they cannot be read. */
export function rulesIn(text: string, where: string): RulesOf {
  try {
    return { id: text, rules: readRules(text, where), failure: null };
  } catch (error) {
    if (error instanceof ReviewFailure) return { id: text, rules: null, failure: error };
    throw error;
  }
}
