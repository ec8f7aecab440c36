import { count } from "xtremepush-access/text";
import { EFFECTS } from "../model/access-diff";
import type { Finding } from "../model/decision";
import type { Row } from "./fit";
import { listNames } from "./markdown-names";
import { code, plainText } from "./markdown-text";
import { SENTENCE_MAX } from "./visible";

/**
 * The rules that decide, one line each: those that deny, then waivers, then those that ask for approval. The rules of the
 * file come before the defaults, so that no number of clients leaves them out.
 */
export function ruleRows(findings: readonly Finding[]): { denied: Row[]; others: Row[] } {
  const rows = (outcome: Finding["outcome"]) =>
    [...Map.groupBy(findings.filter(isNotable), keyOf).values()]
      .filter(([first]) => first?.outcome === outcome)
      .toSorted(([one], [other]) => Number(isDefault(one)) - Number(isDefault(other)))
      .map(ruleRow);
  return { denied: rows("denied"), others: [...rows("waived"), ...rows("approval")] };
}

/** The default of an effect is left out: the row of the client shows the effect. */
function isNotable(finding: Finding): boolean {
  return finding.outcome !== "approval" || !isDefault(finding);
}

function isDefault(finding: Finding | undefined): boolean {
  return EFFECTS.some((effect) => effect === finding?.rule);
}

/** What is unknown has a reason of its own in each client. */
function keyOf({ outcome, rule, reason, waiver }: Finding): string {
  return JSON.stringify([outcome, rule, rule === "unknown" ? null : reason, waiver]);
}

const OUTCOMES = { denied: "**denied**", approval: "needs approval", waived: "waived" } as const;

function ruleRow(findings: readonly Finding[]): Row {
  const [first] = findings;
  if (first === undefined) return { text: "" };
  const { outcome, rule, reason, waiver } = first;
  // The reason comes from the change itself, so it may hold strangers' strings.
  const why = rule === "unknown" ? whyUnknown(findings) : plainText(reason);
  const start = `- ${OUTCOMES[outcome]} by ${code(rule)}:`;
  const suspended =
    waiver === null
      ? ""
      : ` (waived by ${code(waiver.approver)} until ${plainText(waiver.until)}: ${plainText(waiver.reason)})`;
  return {
    text: `${start} ${[whatMeets(findings), why].filter((part) => part !== "").join(": ")}${suspended}`,
    short: `${start} ${count(findings.length, "change")}`,
  };
}

function whyUnknown(findings: readonly Finding[]): string {
  const [first = "", ...more] = new Set(findings.map(({ reason }) => reason));
  const rest = more.length === 0 ? "" : ` and ${count(more.length, "more reason")}`;
  return `${code(first, SENTENCE_MAX)}${rest}`;
}

/** The permissions, clients and stacks that meet a rule. */
function whatMeets(findings: readonly Finding[]): string {
  const unique = (values: readonly (string | null)[]) => [...new Set(values.filter((value) => value !== null))];
  const permissions = unique(findings.map(({ permission }) => permission));
  const clients = unique(findings.map(({ client }) => client));
  const stacks = unique(findings.map(({ stack }) => stack));
  return [
    listNames(permissions.map((permission) => code(permission))),
    clients.length === 0
      ? ""
      : `${permissions.length === 0 ? "" : "for "}${listNames(clients.map((name) => code(name)))}`,
    stacks.length < 2 ? "" : `in ${stacks.length.toLocaleString("en-US")} stacks`,
  ]
    .filter((part) => part !== "")
    .join(" ");
}
