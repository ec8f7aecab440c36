import { readFileSync } from "node:fs";
import { compare } from "../compare/compare";
import { withHeldIn } from "../compare/held-in";
import { decide } from "../gate/decide";
import { asksForPermissions } from "../gate/match";
import { lowerStacksOf, type Rule, type Rules } from "../gate/rules";
import type { AccessDiff } from "../model/access-diff";
import type { Finding } from "../model/decision";
import { quoted, SENTENCE_MAX, visible } from "../outputs/visible";
import { ReviewFailure } from "../review-failure";
import { readRules } from "../rules-file/read-rules";
import { locksIn } from "./locks";
import { manifestOf, type PolicyResource } from "./states";

/** The options of {@link accessPolicies}. */
export interface AccessPoliciesOptions {
  /** The path of the rules file, `access-review.yaml`. */
  readonly rules: string;
  /**
   * The folder of the lock files, `access`, for the condition `not-before`: what they say of another stack decides. Without it,
   * rules with this condition count among those that need the state before.
   */
  readonly locks?: string;
  /**
   * What to do with rules that need the state before, which a policy does not see: those with `outcome: approval`, with the
   * condition `effect`, or without a condition on permissions. `refuse` throws and names them; `skip` leaves them to the review of the pull request.
   * @default "refuse"
   */
  readonly withoutBase?: "refuse" | "skip";
}

/** A policy in the form of `@pulumi/policy`. */
export interface AccessPolicy {
  readonly name: string;
  readonly description: string;
  readonly enforcementLevel: "mandatory";
  validateStack(stack: { readonly resources: readonly PolicyResource[] }, report: (message: string) => void): void;
}

/**
 * Makes the policies that enforce the rules of the review in a policy pack: a rule with `outcome: deny` applies to every
 * permission that a client of the stack has, whether it is new or not. Waivers apply as in the review.
 *
 * @throws ReviewFailure when the rules cannot be read, or need the state before.
 * @example
 * ```ts
 * new PolicyPack("access", { policies: accessPolicies({ rules: "access-review.yaml" }) });
 * ```
 */
export function accessPolicies(options: AccessPoliciesOptions): AccessPolicy[] {
  const { rules: file, withoutBase = "refuse", locks: folder } = options;
  const all = readRules(textOf(file), file);
  const isLeft = (rule: Rule) => needsBase(rule) || (folder === undefined && needsLocks(rule));
  const left = all.rules.filter(isLeft);
  if (left.length > 0 && withoutBase === "refuse") throw needingBase(file, left);
  const rules = { ...all, defaults: NOTHING, rules: all.rules.filter((rule) => !isLeft(rule)) };
  const locked = folder === undefined ? [] : locksIn(folder);
  return [
    {
      name: "access-review",
      description: `The rules of ${file} on API access`,
      enforcementLevel: "mandatory",
      validateStack: ({ resources }, report) => {
        const manifest = manifestOf(resources);
        if (manifest === null) return;
        const diff = withHeldIn(compare([], [manifest]), lowerStacksOf(rules), [locked]);
        for (const message of violations(diff, rules)) report(message);
      },
    },
  ];
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    throw new ReviewFailure(`the rules file ${file} cannot be read; check that it exists`);
  }
}

/** Without a condition on permissions, a rule is about a change of a client, whatever it is. */
function needsBase({ outcome, when }: Rule): boolean {
  return outcome === "approval" || when.effect !== undefined || !asksForPermissions(when);
}

function needsLocks({ when }: Rule): boolean {
  return when["not-before"] !== undefined;
}

function needingBase(file: string, left: readonly Rule[]): ReviewFailure {
  const named = left.map(({ id }) => quoted(id)).join(", ");
  const isHelped = left.some((rule) => needsLocks(rule) && !needsBase(rule));
  const locks = isHelped ? ", and name the folder of the lock files with `locks` for `not-before`" : "";
  return new ReviewFailure(
    `${file}: a policy sees only what a program declares, not what changes, so it cannot decide ${named}; leave such rules to the review with \`withoutBase: "skip"\`${locks}`,
  );
}

/** Defaults are for effects, which need the state before. */
const NOTHING: Rules["defaults"] = {
  unknown: "nothing",
  broadened: "nothing",
  "credentials-changed": "nothing",
  created: "nothing",
};

function violations(diff: AccessDiff, rules: Rules): string[] {
  const { findings } = decide(diff, rules, new Date());
  return findings.filter(({ outcome }) => outcome === "denied").map(sentenceOf);
}

/** In the words of the report of a review. */
function sentenceOf({ client, permission, rule, reason }: Finding): string {
  const what = [client, permission].flatMap((name) => (name === null ? [] : [quoted(name)]));
  return [...what, `rule ${rule}`, visible(reason, SENTENCE_MAX)].join("  ");
}
