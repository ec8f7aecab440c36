import { readFileSync } from "node:fs";
import { compare } from "../compare/compare";
import { decide } from "../gate/decide";
import { asksForPermissions } from "../gate/match";
import type { Rules } from "../gate/rules";
import type { AccessDiff } from "../model/access-diff";
import type { Finding } from "../model/decision";
import { quoted, SENTENCE_MAX, visible } from "../outputs/visible";
import { ReviewFailure } from "../review-failure";
import { readRules } from "../rules-file/read-rules";
import { manifestOf, type PolicyResource } from "./states";

/** The options of {@link accessPolicies}. */
export interface AccessPoliciesOptions {
  /** The path of the rules file, `access-review.yaml`. */
  readonly rules: string;
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
export function accessPolicies({ rules: file, withoutBase = "refuse" }: AccessPoliciesOptions): AccessPolicy[] {
  const all = readRules(textOf(file), file);
  const left = all.rules.filter(needsBase).map(({ id }) => id);
  if (left.length > 0 && withoutBase === "refuse") throw needingBase(file, left);
  const rules = withoutBaseRules(all);
  return [
    {
      name: "access-review",
      description: `The rules of ${file} on API access`,
      enforcementLevel: "mandatory",
      validateStack: ({ resources }, report) => {
        const manifest = manifestOf(resources);
        if (manifest === null) return;
        for (const message of violations(compare([], [manifest]), rules)) report(message);
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
function needsBase({ outcome, when }: Rules["rules"][number]): boolean {
  return outcome === "approval" || when.effect !== undefined || !asksForPermissions(when);
}

function needingBase(file: string, ids: readonly string[]): ReviewFailure {
  const named = ids.map((id) => quoted(id)).join(", ");
  return new ReviewFailure(
    `${file}: a policy sees only what a program declares, not what changes, so it cannot decide ${named}; leave such rules to the review with \`withoutBase: "skip"\``,
  );
}

/** Defaults are for effects, which need the state before. */
function withoutBaseRules({ rules, ...others }: Rules): Rules {
  const nothing = {
    unknown: "nothing",
    broadened: "nothing",
    "credentials-changed": "nothing",
    created: "nothing",
  } as const;
  return { ...others, defaults: nothing, rules: rules.filter((rule) => !needsBase(rule)) };
}

function violations(diff: AccessDiff, rules: Rules): string[] {
  const { findings } = decide(diff, rules, new Date());
  return findings.filter(({ outcome }) => outcome === "denied").map(sentenceOf);
}

/** In the words of the report of a review. */
function sentenceOf({ client, permission, rule, reason }: Finding): string {
  const what = [client, permission].flatMap((name) => (name === null ? [] : [quoted(name)]));
  return [...what, `rule ${rule}`, visible(reason, SENTENCE_MAX)].join("  ");
}
