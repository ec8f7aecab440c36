import { readFile } from "node:fs/promises";
import path from "node:path";
import { quoted } from "xtremepush-access/text";
import { findRuleProblems, type RuleProblem } from "../gate/rule-problems";
import { RULES_FILE, type Rules } from "../gate/rules";
import type { Commit } from "../git/commit";
import { ReviewFailure } from "../review-failure";
import { lockedNames } from "./locked-names";
import { type RulesOf, rulesIn, rulesOf } from "./rules-of";

interface Base {
  /** The ref, as it was given. */
  readonly text: string;
  readonly commit: Commit;
}

interface Head {
  readonly text: string;
  /** Null when HEAD is not a commit. */
  readonly commit: Commit | null;
}

/**
 * Says what a change does to the rules, one sentence each, and which conditions are never met.
 *
 * @throws ReviewFailure when the rules of HEAD cannot be read, or have a condition that is never met and that is not in BASE.
 */
export async function reviewRules(base: Base, head: Head): Promise<string[]> {
  const before = await rulesOf(base.commit, base.text);
  const after = head.commit === null ? await inWorkingTree(base.commit) : await rulesOf(head.commit, head.text);
  // Rules that BASE has, too, are refused where they apply.
  if (after.failure !== null && after.id !== before.id) throw after.failure;
  const [old, young] = [before.rules, after.rules];
  const isEdited = before.failure === null && before.id !== after.id;
  const edits = isEdited ? await describeEdit({ base, head, old, young }) : [];
  if (young === null || head.commit === null) return edits;
  const problems = findRuleProblems(young, await lockedNames(base.commit, head.commit));
  if (problems.length === 0) return edits;
  const known = old === null ? [] : findRuleProblems(old, await lockedNames(base.commit, base.commit)).map(keyOf);
  const refused = problems.find((problem) => problem.severity === "error" && !known.includes(keyOf(problem)));
  if (refused !== undefined) throw new ReviewFailure(`${head.text}:${RULES_FILE}: ${describeProblem(refused)}`);
  // A warning is shown once, in the change that causes it.
  const shown = problems.filter((problem) => problem.severity === "error" || !known.includes(keyOf(problem)));
  return [...edits, ...shown.map((problem) => `in ${RULES_FILE}, ${describeProblem(problem)}`)];
}

/** The rules in the working tree. */
async function inWorkingTree(commit: Commit): Promise<RulesOf> {
  const root = await commit.root();
  const text = root === null ? null : await readFile(path.join(root, RULES_FILE), "utf8").catch(() => null);
  return text === null ? { id: null, rules: null, failure: null } : rulesIn(text, RULES_FILE);
}

/** Says which rule has a condition that is never met, or always, and why. */
function describeProblem({ rule, met, why, hint }: RuleProblem): string {
  return `the rule ${quoted(rule)} has a condition that ${MET[met]}: ${why}${hint}`;
}

const MET: Readonly<Record<RuleProblem["met"], string>> = {
  never: "is never met",
  always: "is always met",
  yet: "nothing meets yet",
};

function keyOf({ rule, why }: RuleProblem): string {
  return JSON.stringify([rule, why]);
}

interface Edit {
  readonly base: Base;
  readonly head: Head;
  readonly old: Rules | null;
  /** Null when HEAD has no rules file. */
  readonly young: Rules | null;
}

async function describeEdit({ base, head, old, young }: Edit): Promise<string[]> {
  if (young === null) {
    const moved = head.commit === null ? null : await movedTo(base.commit, head.commit);
    const how = moved === null ? "deletes" : "moves";
    const where = moved === null ? "" : ` to ${quoted(moved)}, where it is not read`;
    return [`this change ${how} ${RULES_FILE}${where}; once it is merged, only the defaults apply`];
  }
  const left = young.rules.map(({ id }) => id);
  const removed = (old?.rules ?? []).map(({ id }) => id).filter((id) => !left.includes(id));
  if (removed.length === 0) return [`this change also edits ${RULES_FILE}; its edited rules do not apply yet`];
  const rules = `${removed.length === 1 ? "the rule" : "the rules"} ${removed.map((id) => quoted(id)).join(", ")}`;
  const what = left.length === 0 ? `every rule from ${RULES_FILE}: ${rules}` : `${rules} from ${RULES_FILE}`;
  return [`this change removes ${what}; until it is merged, all rules of BASE apply`];
}

/** Where HEAD has a rules file that BASE does not have. */
async function movedTo(base: Commit, head: Commit): Promise<string | null> {
  const [before, after] = [await base.tree(), await head.tree()];
  const rules = before.get(RULES_FILE);
  const added = [...after].filter(([file]) => !before.has(file));
  const found = added.find(([, id]) => id === rules) ?? added.find(([file]) => LIKE_RULES.test(file));
  return found?.[0] ?? null;
}

const LIKE_RULES = /(?:^|\/)access-review\.[^/]+$/;
