import type { AccessDiff, ClientDiff, Effect } from "../model/access-diff";
import type { Decision, Finding } from "../model/decision";
import { type Change, matchesChange, matchesStack } from "./match";
import { DEFAULTS, type Outcome, type Rules, type Waiver } from "./rules";

/**
 * Applies the rules to a diff. The strictest finding decides; a waiver that has not expired takes a finding back.
 *
 * Fails closed: whatever is unknown meets every condition.
 */
export function decide(diff: AccessDiff, rules: Rules, today: Date): Decision {
  const changes = diff.environments.flatMap(({ pulumiProject, stack, location, clients }) =>
    clients.flatMap((client) => changesOf({ pulumiProject, stack, isDefaultLocation: location === null, client })),
  );
  const waivers = rules.waivers.filter((waiver) => isOfOneClient(waiver, changes));
  const afterWaivers = ({ about, finding }: Found) => applyWaiver(finding, about, { waivers, today });
  const findings = [
    ...withoutRepeats(findingsOfUncertain(diff, rules).map(afterWaivers)),
    ...changes.flatMap((change) => [...defaultsOf(change, rules), ...ruleFindings(change, rules)]).map(afterWaivers),
  ];
  return { outcome: outcomeOf(findings), findings };
}

/** What a finding applies to: a client, or a stack that is uncertain as a whole. */
type About = Change | Pick<Change, "stack">;

interface Found {
  readonly about: About;
  readonly finding: Finding;
}

function changesOf(of: Omit<Change, "permission">): Change[] {
  const gained = of.client.permissions.filter(({ sign }) => sign !== "-");
  return [{ ...of, permission: null }, ...gained.map((permission) => ({ ...of, permission }))];
}

/** Anything may happen in a stack that is uncertain as a whole, so a rule matches it by its name alone. */
function findingsOfUncertain({ uncertain }: AccessDiff, rules: Rules): Found[] {
  const outcome = strictestFor([...MAY_BE, "created"], rules);
  const byDefault = uncertain.flatMap(({ stack, why }) =>
    outcome === "nothing" ? [] : [{ about: { stack }, finding: findingOf(outcome, { rule: "unknown", reason: why }) }],
  );
  const byRule = uncertain.flatMap(({ stack }) =>
    rules.rules
      .filter(({ when }) => matchesStack(when, stack))
      .map(({ id, outcome, reason }) => ({ about: { stack }, finding: findingOf(outcome, { rule: id, reason }) })),
  );
  return [...byDefault, ...byRule];
}

/** A rule that matches several uncertain stacks gives the same finding for each. */
function withoutRepeats(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()];
}

/** What the effects of a client require by default. */
function defaultsOf(change: Change, rules: Rules): Found[] {
  const { client, permission } = change;
  if (permission !== null) return [];
  return client.effects.flatMap((effect) => {
    const outcome = strictestFor(effect === "unknown" ? MAY_BE : [effect], rules);
    if (outcome === "nothing") return [];
    const reason = effect === "unknown" ? (client.unknown ?? REASONS.unknown) : REASONS[effect];
    return [{ about: change, finding: findingOf(outcome, { rule: effect, reason, change }) }];
  });
}

const REASONS: Readonly<Record<Effect, string>> = {
  unknown: "its access is unknown",
  broadened: "it gains permissions",
  "credentials-changed": "its secret or keys change",
  created: "it is a new client",
  narrowed: "it loses permissions",
  deleted: "it is deleted",
  renamed: "it is renamed",
  none: "it does not change",
};

/** The effects that an unknown one may be. */
const MAY_BE: readonly Effect[] = ["unknown", "broadened", "credentials-changed"];

function strictestFor(effects: readonly Effect[], { defaults }: Rules): Outcome {
  const asked = effects.map((effect) => defaults[effect] ?? DEFAULTS[effect]);
  if (asked.includes("deny")) return "deny";
  return asked.includes("approval") ? "approval" : "nothing";
}

function ruleFindings(change: Change, { rules }: Rules): Found[] {
  return rules
    .filter(({ when }) => matchesChange(when, change))
    .map(({ id, outcome, reason }) => ({ about: change, finding: findingOf(outcome, { rule: id, reason, change }) }));
}

interface Grounds {
  readonly rule: string;
  readonly reason: string;
  readonly change?: Change;
}

function findingOf(outcome: Exclude<Outcome, "nothing">, { rule, reason, change }: Grounds): Finding {
  return {
    outcome: outcome === "deny" ? "denied" : "approval",
    rule,
    reason,
    client: change === undefined ? null : nameOf(change.client),
    permission: change?.permission?.permission ?? null,
    id: change?.client.id ?? null,
    pulumiProject: change?.pulumiProject ?? null,
    stack: change?.stack ?? null,
    waiver: null,
  };
}

function nameOf({ id, nameAfter, nameBefore }: ClientDiff): string {
  return nameAfter ?? nameBefore ?? id;
}

function applyWaiver(
  finding: Finding,
  about: About,
  { waivers, today }: Pick<Rules, "waivers"> & { today: Date },
): Finding {
  const waiver = waivers.find((each) => isWaived(each, finding, about) && isOpen(each, today));
  if (waiver === undefined) return finding;
  const { reason, approver, until } = waiver;
  return { ...finding, outcome: "waived", waiver: { reason, approver, until } };
}

/** A waiver for a client must not cover a second one of the same name. */
function isOfOneClient({ client, id, stack }: Waiver, changes: readonly Change[]): boolean {
  if (client === undefined || id !== undefined) return true;
  const met = changes.filter(
    (one) => one.isDefaultLocation && isCalled(one.client, client) && (stack === undefined || stack === one.stack),
  );
  return new Set(met.map((one) => `${one.stack} ${one.client.id}`)).size < 2;
}

function isWaived({ rule, client, id, permission, stack }: Waiver, finding: Finding, about: About): boolean {
  if (rule !== finding.rule) return false;
  // What is in an uncertain stack is unknown, so only a waiver for the whole stack, by its name, covers it.
  if (!("client" in about)) return client === undefined && permission === undefined && stack === about.stack;
  if (!about.isDefaultLocation) return false;
  return (
    (client === undefined || isCalled(about.client, client)) &&
    (id === undefined || id === about.client.id) &&
    (permission === undefined || permission === finding.permission) &&
    (stack === undefined || stack === about.stack)
  );
}

/** Compares the names on both sides, so that a client cannot take over a waiver by taking another client's name. */
function isCalled({ effects, nameBefore, nameAfter }: ClientDiff, name: string): boolean {
  return nameAfter === name && (nameBefore === name || (nameBefore === null && effects.includes("created")));
}

function isOpen({ until }: Waiver, today: Date): boolean {
  return today.toISOString().slice(0, 10) <= until;
}

/** The strictest of the findings decides. */
export function outcomeOf(findings: readonly Finding[]): Decision["outcome"] {
  if (findings.some(({ outcome }) => outcome === "denied")) return "denied";
  return findings.some(({ outcome }) => outcome === "approval") ? "approval" : "nothing";
}
