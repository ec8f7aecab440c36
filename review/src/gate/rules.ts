import { PermissionId } from "xtremepush-access/schemas";
import { quoted } from "xtremepush-access/text";
import { z } from "zod";
import { EFFECTS, type Effect } from "../model/access-diff";
import { Conditions } from "./conditions";
import { matchesPattern } from "./pattern";

/** The rules file, in the root of the repository. */
export const RULES_FILE = "access-review.yaml";

const RULES_VERSION = 1;

/** What a rule requires. `nothing` is valid only in `defaults`. */
export const Outcome = z.enum(["nothing", "approval", "deny"]);
export type Outcome = z.output<typeof Outcome>;

const Text = z.string().trim().min(1).max(1_000);

const RuleId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "a rule's id is 1 to 63 lower-case letters, digits and hyphens");

const Rule = z.strictObject({
  id: RuleId.refine(
    (id) => !EFFECTS.some((effect) => id === effect),
    "the names of effects are reserved for the defaults",
  ),
  outcome: z.enum(["approval", "deny"]),
  reason: Text,
  when: Conditions,
});
export type Rule = z.output<typeof Rule>;

export const Waiver = z.strictObject({
  rule: RuleId,
  client: Text.optional(),
  /** The URN of the client, or its client ID where only its grant is declared. */
  id: Text.optional(),
  permission: PermissionId.optional(),
  stack: Text.optional(),
  reason: Text,
  approver: Text,
  /** The last day on which it applies, in UTC. */
  until: z.iso.date(),
});
export type Waiver = z.output<typeof Waiver>;

/** What each effect requires unless `defaults` overrides it. */
export const DEFAULTS: Readonly<Record<Effect, Outcome>> = {
  unknown: "approval",
  broadened: "approval",
  "credentials-changed": "approval",
  created: "approval",
  narrowed: "nothing",
  deleted: "nothing",
  renamed: "nothing",
  none: "nothing",
};

/** `access-review.yaml`. */
export const Rules = z
  .strictObject({
    version: z.literal(RULES_VERSION),
    defaults: z.partialRecord(z.enum(EFFECTS), Outcome).default({}),
    rules: z.array(Rule).default([]),
    waivers: z.array(Waiver).default([]),
  })
  .superRefine(({ rules, waivers }, context) => {
    for (const [index, { when }] of rules.entries()) {
      const message = orderProblem(when);
      if (message !== null) context.addIssue({ code: "custom", path: ["rules", index, "when", "not-before"], message });
    }
    const ids = rules.map(({ id }) => id);
    for (const [index, id] of ids.entries()) {
      if (ids.indexOf(id) !== index)
        context.addIssue({ code: "custom", path: ["rules", index, "id"], message: "is used twice" });
    }
    for (const [index, { client, id }] of waivers.entries()) {
      if (id === undefined || client !== undefined) continue;
      context.addIssue({
        code: "custom",
        path: ["waivers", index, "client"],
        message: "an id needs the client's name",
      });
    }
    for (const [index, { rule }] of waivers.entries()) {
      if (ids.includes(rule) || EFFECTS.some((effect) => effect === rule)) continue;
      context.addIssue({
        code: "custom",
        path: ["waivers", index, "rule"],
        message: `there is no rule ${quoted(rule)}`,
      });
    }
  });
export type Rules = z.output<typeof Rules>;

/** Why no stack comes after the others that a rule names; null when one does. */
function orderProblem({ stack: patterns, "not-before": lower }: Conditions): string | null {
  if (lower === undefined) return null;
  if (patterns === undefined) return "needs `stack`: the stacks that come after it";
  const same = lower.find((name) => patterns.some((pattern) => matchesPattern(name, pattern)));
  return same === undefined ? null : `the rule applies to the stack ${quoted(same)} itself; let \`stack\` leave it out`;
}

/** The stacks that must have a permission before others do. */
export function lowerStacksOf({ rules }: Pick<Rules, "rules">): string[] {
  return [...new Set(rules.flatMap(({ when }) => when["not-before"] ?? []))];
}

/** The rules of a repository without a rules file. */
export const NO_RULES: Rules = { version: RULES_VERSION, defaults: {}, rules: [], waivers: [] };
