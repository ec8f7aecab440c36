import { readFile } from "node:fs/promises";
import path from "node:path";
import { Command } from "commander";
import { PERMISSION_IDS } from "xtremepush-access/catalog";
import { compare } from "../compare/compare";
import { withHeldIn } from "../compare/held-in";
import { explainRules, type MetClient, type RuleExplanation } from "../gate/explain-rules";
import { findRuleProblems, type LockedNames, type RuleProblem } from "../gate/rule-problems";
import { DEFAULTS, lowerStacksOf, RULES_FILE, type Rules, type Waiver } from "../gate/rules";
import { openCommit, repositoryRoot } from "../git/commit";
import { readLocks } from "../lock/locks";
import { EFFECTS } from "../model/access-diff";
import { EXIT_CODES } from "../model/decision";
import type { Manifest } from "../model/manifest";
import { quoted, SENTENCE_MAX, visible, word } from "../outputs/visible";
import { ReviewFailure } from "../review-failure";
import { lockedNames } from "../rules-file/locked-names";
import { readRules } from "../rules-file/read-rules";
import { print } from "./print";

interface RulesOptions {
  readonly program: string;
  readonly rules?: string;
}

/** `rules`: explains what each rule meets, by the present lock files. */
export function rulesCommand(): Command {
  return new Command("rules")
    .description(
      `Explains each rule of ${RULES_FILE}: which permissions, stacks and clients of the present lock files meet it.`,
    )
    .option("--program <dir>", "the folder with Pulumi.yaml", ".")
    .option("--rules <file>", `a rules file, instead of ${RULES_FILE} in the root of the repository`)
    .addHelpText("after", "\nFails (exit code 3) when a rule has a condition that is never met, or always.")
    .action(async ({ program, rules: file }: RulesOptions) => {
      const manifests = await readLocks(program);
      const rules = await readPresent(program, file);
      const names = await namesOf(program, manifests);
      const problems = findRuleProblems(rules, names);
      if (problems.some(({ severity }) => severity === "error")) process.exitCode = EXIT_CODES.failed;
      const stacks = [...new Set(names.stacks)];
      const present = withHeldIn(compare([], manifests), lowerStacksOf(rules), [manifests]);
      const explained = explainRules(rules, present, stacks);
      const lines = [
        ...explained.flatMap((each) => [...ruleLines(each, stacks), ...problemLines(each.rule.id, problems), ""]),
        ...rules.waivers.map(waiverLine),
        ...(rules.waivers.length === 0 ? [] : [""]),
        defaultsLine(rules),
      ];
      await print(`${lines.join("\n")}\n`);
    });
}

async function readPresent(program: string, given: string | undefined): Promise<Rules> {
  const file = given ?? path.join((await repositoryRoot(program)) ?? program, RULES_FILE);
  const text = await readFile(file, "utf8").catch(() => {
    throw new ReviewFailure(`${given ?? RULES_FILE} cannot be read; without rules, the defaults decide`);
  });
  return readRules(text, given ?? RULES_FILE);
}

/** The rules are those of the whole repository, so the committed lock files of its other programs count, too. */
async function namesOf(program: string, manifests: readonly Manifest[]): Promise<LockedNames> {
  const committed = await committedNames(program);
  return {
    stacks: [...manifests.map(({ stack }) => stack), ...committed.stacks],
    clients: [
      ...manifests.flatMap(({ stack, clients }) =>
        clients.map(({ name }) => ({ stack, name: typeof name === "string" ? name : null })),
      ),
      ...committed.clients,
    ],
  };
}

/** Nothing outside a repository, and before its first commit. */
async function committedNames(program: string): Promise<LockedNames> {
  try {
    const commit = await openCommit(program, "HEAD");
    return await lockedNames(commit, commit);
  } catch (error) {
    if (error instanceof ReviewFailure) return { stacks: [], clients: [] };
    throw error;
  }
}

function ruleLines({ rule, permissions, stacks, met }: RuleExplanation, all: readonly string[]): string[] {
  const { id, outcome, reason, when } = rule;
  const conditions = Object.entries(when).map(
    ([name, values = []]) => `${name} ${values.map((value) => quoted(value)).join(" or ")}`,
  );
  return [
    `${id}  ${outcome === "deny" ? "denies" : "needs approval"}  ${visible(reason, SENTENCE_MAX)}`,
    `  when: ${conditions.length === 0 ? "anything changes" : conditions.join(" and ")}`,
    ...(permissions === null
      ? []
      : [`  permissions: ${permissions.length} of ${PERMISSION_IDS.length}: ${listed(permissions)}`]),
    `  stacks: ${stacks.length} of ${all.length}: ${listed(stacks.map(word))}`,
    ...metLines(met, permissions !== null),
  ];
}

function metLines(met: readonly MetClient[], areHeld: boolean): string[] {
  if (met.length === 0) return [areHeld ? "  no client has such a permission today" : "  no client meets it today"];
  const lines = met.map(({ client, stack, permissions }) => {
    const held = areHeld ? `: ${listed(permissions.map(word))}` : "";
    return `    ${quoted(client)}, stack ${quoted(stack)}${held}`;
  });
  const title = areHeld
    ? "clients that have such a permission today, and would meet it when they gain it again"
    : "clients";
  const left = lines.length - LISTED_MAX;
  return [`  ${title}: ${met.length}`, ...lines.slice(0, LISTED_MAX), ...(left > 0 ? [`    and ${left} more`] : [])];
}

const LISTED_MAX = 10;

function listed(names: readonly string[]): string {
  const left = names.length - LISTED_MAX;
  return names.length === 0
    ? "none"
    : [...names.slice(0, LISTED_MAX), ...(left > 0 ? [`and ${left} more`] : [])].join(", ");
}

function problemLines(id: string, problems: readonly RuleProblem[]): string[] {
  return problems
    .filter(({ rule }) => rule === id)
    .map(
      ({ met, why, hint }) =>
        `  ${met === "yet" ? "warning" : `${met} met`}: ${visible(`${why}${hint}`, SENTENCE_MAX)}`,
    );
}

function waiverLine({ rule, client, permission, stack, approver, until, reason }: Waiver): string {
  const about = Object.entries({ client, permission, stack }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} ${quoted(value)}`],
  );
  const isOver = new Date().toISOString().slice(0, 10) > until;
  const where = about.length === 0 ? "everything" : about.join(", ");
  return `waiver of ${rule} for ${where}, by ${quoted(approver)} until ${until}${isOver ? " (it is over)" : ""}: ${visible(reason, SENTENCE_MAX)}`;
}

function defaultsLine({ defaults }: Rules): string {
  const of = (outcome: string) => EFFECTS.filter((effect) => (defaults[effect] ?? DEFAULTS[effect]) === outcome);
  const denied = of("deny");
  return `by default: ${listed(of("approval"))} need approval${denied.length === 0 ? "" : `; ${listed(denied)} are denied`}`;
}
