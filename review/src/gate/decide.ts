import type { AccessDiff, ClientDiff, Effect, PermissionChange } from "../model/access-diff";
import type { Decision, Finding } from "../model/decision";
import { fits } from "./pattern";
import { type Conditions, DEFAULTS, type Outcome, type Rules, type Waiver } from "./rules";

/** One thing that a rule can meet: a client, or one permission that it gains. */
interface Subject {
  readonly stack: string;
  /** Whether it is in the stack's own backend and project, and not where an explicit `Provider` points. */
  readonly isAtHome: boolean;
  readonly client: ClientDiff;
  readonly permission: PermissionChange | null;
}

/**
 * Applies the rules to a diff: the gravest finding decides, and a waiver that has not ended takes a finding back.
 *
 * Fails closed: what is not known meets every condition that asks for it.
 */
export function decide(diff: AccessDiff, rules: Rules, today: Date): Decision {
  const subjects = diff.environments.flatMap(({ stack, place, clients }) =>
    clients.flatMap((client) => subjectsOf({ stack, isAtHome: place === null, client })),
  );
  const afterWaivers = ({ about, finding }: Found) => waived(finding, about, { waivers: rules.waivers, today });
  const findings = [
    ...withoutRepeats(uncertainty(diff, rules).map(afterWaivers)),
    ...subjects
      .flatMap((subject) => [...defaultsOf(subject, rules), ...ruleFindings(subject, rules)])
      .map(afterWaivers),
  ];
  return { outcome: outcomeOf(findings), findings };
}

/** What a finding is about: a client, or a stack that is uncertain as a whole. */
type About = Subject | Pick<Subject, "stack">;

interface Found {
  readonly about: About;
  readonly finding: Finding;
}

function subjectsOf(of: Omit<Subject, "permission">): Subject[] {
  const gained = of.client.permissions.filter(({ sign }) => sign !== "-");
  return [{ ...of, permission: null }, ...gained.map((permission) => ({ ...of, permission }))];
}

/** Anything may happen in a stack that is uncertain as a whole, so a rule meets it by its name alone. */
function uncertainty({ uncertain }: AccessDiff, rules: Rules): Found[] {
  const outcome = gravestFor([...MAY_BE, "created"], rules);
  const byDefault = uncertain.flatMap(({ stack, why }) =>
    outcome === "nothing" ? [] : [{ about: { stack }, finding: findingOf(outcome, { rule: "unknown", reason: why }) }],
  );
  const byRule = uncertain.flatMap(({ stack }) =>
    rules.rules
      .filter(({ when }) => isOf(when, stack))
      .map(({ id, outcome, reason }) => ({ about: { stack }, finding: findingOf(outcome, { rule: id, reason }) })),
  );
  return [...byDefault, ...byRule];
}

/** A rule that several uncertain stacks meet says the same of each. */
function withoutRepeats(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()];
}

/** What the effects of a client ask for where no rule is needed. */
function defaultsOf(subject: Subject, rules: Rules): Found[] {
  const { client, permission } = subject;
  if (permission !== null) return [];
  return client.effects.flatMap((effect) => {
    const outcome = gravestFor(effect === "unknown" ? MAY_BE : [effect], rules);
    if (outcome === "nothing") return [];
    const reason = effect === "unknown" ? (client.unknown ?? REASONS.unknown) : REASONS[effect];
    return [{ about: subject, finding: findingOf(outcome, { rule: effect, reason, subject }) }];
  });
}

const REASONS: Readonly<Record<Effect, string>> = {
  unknown: "its access cannot be told",
  broadened: "it gains permissions",
  recredentialed: "its secret or keys change",
  created: "it is a new client",
  narrowed: "it loses permissions",
  deleted: "it is deleted",
  renamed: "it is renamed",
  none: "it does not change",
};

/** What a client whose effect is unknown may be. */
const MAY_BE: readonly Effect[] = ["unknown", "broadened", "recredentialed"];

function gravestFor(effects: readonly Effect[], { defaults }: Rules): Outcome {
  const asked = effects.map((effect) => defaults[effect] ?? DEFAULTS[effect]);
  if (asked.includes("deny")) return "deny";
  return asked.includes("approval") ? "approval" : "nothing";
}

function ruleFindings(subject: Subject, { rules }: Rules): Found[] {
  return rules
    .filter(({ when }) => isMet(when, subject))
    .map(({ id, outcome, reason }) => ({ about: subject, finding: findingOf(outcome, { rule: id, reason, subject }) }));
}

/** A rule that says something of permissions is about each one gained; another is about the client. */
function isMet(when: Conditions, { stack, client, permission }: Subject): boolean {
  const ofPermissions = ["permission", "scope", "access", "data", "risk"] as const;
  if (ofPermissions.some((name) => when[name] !== undefined) !== (permission !== null)) {
    return permission === null && client.effects.includes("unknown") && meetsClient(when, stack, client);
  }
  return (
    meetsClient(when, stack, client) &&
    ofPermissions.every((name) => permission === null || isIn(permission[name], when[name]))
  );
}

function meetsClient(when: Conditions, stack: string, client: ClientDiff): boolean {
  const isUnknown = client.effects.includes("unknown");
  const names = [client.nameBefore, client.nameAfter].filter((name) => name !== null);
  return (
    isOf(when, stack) &&
    (when.effect === undefined || isUnknown || when.effect.some((effect) => client.effects.includes(effect))) &&
    (when.client === undefined ||
      isNameless(client) ||
      when.client.some((pattern) => names.some((name) => fits(name, pattern))))
  );
}

function isOf({ stack: patterns }: Conditions, stack: string): boolean {
  return patterns === undefined || patterns.some((pattern) => fits(stack, pattern));
}

/** Says whether its name is not known on a side on which it is there. */
function isNameless({ effects, nameBefore, nameAfter }: ClientDiff): boolean {
  return (nameBefore === null && !effects.includes("created")) || (nameAfter === null && !effects.includes("deleted"));
}

/** A permission that the catalog does not know may be of any kind. */
function isIn(value: string | null, wanted: readonly string[] | undefined): boolean {
  return wanted === undefined || value === null || wanted.includes(value);
}

interface Said {
  readonly rule: string;
  readonly reason: string;
  readonly subject?: Subject;
}

function findingOf(outcome: Exclude<Outcome, "nothing">, { rule, reason, subject }: Said): Finding {
  return {
    outcome: outcome === "deny" ? "denied" : "approval",
    rule,
    reason,
    client: subject === undefined ? null : nameOf(subject.client),
    permission: subject?.permission?.permission ?? null,
    waiver: null,
  };
}

function nameOf({ id, nameAfter, nameBefore }: ClientDiff): string {
  return nameAfter ?? nameBefore ?? id;
}

function waived(finding: Finding, about: About, { waivers, today }: Pick<Rules, "waivers"> & { today: Date }): Finding {
  const waiver = waivers.find((each) => isWaived(each, finding, about) && isOpen(each, today));
  if (waiver === undefined) return finding;
  const { reason, approver, until } = waiver;
  return { ...finding, outcome: "waived", waiver: { reason, approver, until } };
}

function isWaived({ rule, client, permission, stack }: Waiver, finding: Finding, about: About): boolean {
  if (rule !== finding.rule) return false;
  // Only one that is given for the whole of a stack, by its name, covers what nobody can see in it.
  if (!("client" in about)) return client === undefined && permission === undefined && stack === about.stack;
  if (!about.isAtHome) return false;
  return (
    (client === undefined || isCalled(about.client, client)) &&
    (permission === undefined || permission === finding.permission) &&
    (stack === undefined || stack === about.stack)
  );
}

/** Of both sides, so that nobody takes over a waiver by taking its client's name. */
function isCalled({ effects, nameBefore, nameAfter }: ClientDiff, name: string): boolean {
  return nameAfter === name && (nameBefore === name || (nameBefore === null && effects.includes("created")));
}

function isOpen({ until }: Waiver, today: Date): boolean {
  return today.toISOString().slice(0, 10) <= until;
}

function outcomeOf(findings: readonly Finding[]): Decision["outcome"] {
  if (findings.some(({ outcome }) => outcome === "denied")) return "denied";
  return findings.some(({ outcome }) => outcome === "approval") ? "approval" : "nothing";
}
