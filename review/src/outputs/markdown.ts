import { PERMISSIONS } from "xtremepush-access/catalog";
import type { ClientDiff, EnvironmentDiff, PermissionChange } from "../model/access-diff";
import type { Finding } from "../model/decision";
import type { Review } from "../model/review";
import { parseSourcePosition } from "../model/source-position";
import { code, codeLink, link, plainText } from "./markdown-text";
import { locationText } from "./text";
import { SENTENCE_MAX } from "./visible";
import {
  describeCatalog,
  describeEffects,
  describeExtent,
  describeRisk,
  describeVerdict,
  GRANT_REPLACED,
  OUTCOMES,
} from "./wording";

/** How much a report says about each client: everything, only the riskier permissions, or only counts. */
export const DETAILS = ["all", "high", "counts"] as const;
export type Detail = (typeof DETAILS)[number];

export interface MarkdownOptions {
  readonly detail: Detail;
  /** Finds the URL of a line of the program, `https://…/index.ts#L12`; null when there is none. */
  readonly sourceAddress?: (file: string, line: number) => string | null;
  /** The URL of the full report, for a shortened one. */
  readonly reportAddress?: string | undefined;
}

/** Writes a review as GitHub's markdown, for a comment or the summary of a job. */
export function writeMarkdown(review: Review, options: MarkdownOptions): string {
  const { diff, decision, rulesFrom, notes } = review;
  const rules = rulesFrom === null ? "the default rules" : `the rules of ${code(rulesFrom)}`;
  return [
    `### ${plainText(describeVerdict(diff))}`,
    "",
    `**${OUTCOMES[decision.outcome]}** by ${rules}, comparing ${code(review.base)} with ${code(review.head)}.`,
    ...notes.map((note) => `\n**Note:** ${plainText(note)}`),
    ...diff.uncertain.map(({ why }) => `\n**Not certain:** ${code(why, SENTENCE_MAX)}`),
    ...cutLines(options),
    ...diff.environments.flatMap((environment) => environmentLines(environment, options)),
    ...findingLines(decision.findings, options),
    "",
    `<sub>digest <code>${diff.digest}</code></sub>`,
    "",
  ].join("\n");
}

function cutLines({ detail, reportAddress }: MarkdownOptions): string[] {
  if (detail === "all") return [];
  const listed =
    detail === "high"
      ? "Only gained permissions of high, critical or unknown risk are listed"
      : "Only counts are listed";
  const where =
    reportAddress === undefined ? "the full report is with the run" : link("the full report", reportAddress);
  return ["", `${listed}, because the full report is too long for a comment: ${where}.`];
}

function environmentLines(environment: EnvironmentDiff, options: MarkdownOptions): string[] {
  const { pulumiProject, stack, location, clients } = environment;
  const where =
    location === null ? "" : ` at ${code(locationText(location.project))} on ${code(locationText(location.endpoint))}`;
  const title = `#### ${code(pulumiProject)}, stack ${code(stack)}${where}`;
  const catalog = describeCatalog(environment);
  if (options.detail === "counts") return ["", title, "", ...countLines(clients)];
  return [
    "",
    title,
    ...(catalog === null ? [] : ["", plainText(catalog)]),
    ...clients.flatMap((client) => clientLines(client, options)),
  ];
}

function countLines(clients: readonly ClientDiff[]): string[] {
  const counts = Map.groupBy(clients, describeEffects);
  return [...counts].map(([effects, of]) => `- ${of.length} ${effects}`);
}

function clientLines(client: ClientDiff, options: MarkdownOptions): string[] {
  const { unknown, credentials, source } = client;
  const at = source === null ? "" : ` (${sourceLink(source, options)})`;
  return [
    "",
    `**${nameText(client)}** ${describeEffects(client)}, ${plainText(describeExtent(client))}${at}`,
    ...(unknown === null ? [] : ["", `Not known: ${code(unknown, SENTENCE_MAX)}`]),
    ...credentials.map(
      ({ credential, before, after }) => `\n${code(credential)}: ${code(before ?? "none")} to ${code(after ?? "none")}`,
    ),
    ...(client.grantReplaced ? [`\n${GRANT_REPLACED}`] : []),
    ...permissionTable(client.permissions, options),
  ];
}

function nameText({ id, nameBefore, nameAfter }: ClientDiff): string {
  if (nameBefore !== null && nameAfter !== null && nameBefore !== nameAfter) {
    return `${code(nameBefore)} to ${code(nameAfter)}`;
  }
  return code(nameAfter ?? nameBefore ?? id);
}

function sourceLink(source: string, { sourceAddress }: MarkdownOptions): string {
  const position = parseSourcePosition(source);
  const address = position === null ? null : (sourceAddress?.(position.file, position.line) ?? null);
  return address === null ? code(source) : codeLink(source, address);
}

function permissionTable(permissions: readonly PermissionChange[], { detail }: MarkdownOptions): string[] {
  const shown = detail === "all" ? permissions : permissions.filter(isRisky);
  const left = permissions.length - shown.length;
  const rest = left === 0 ? [] : ["", `and ${left} more, lost or of lower risk`];
  if (shown.length === 0) return rest;
  return ["", "| | scope | permission | id | risk |", "|---|---|---|---|---|", ...shown.map(permissionRow), ...rest];
}

/** An unknown risk is not left out. */
function isRisky({ sign, risk }: PermissionChange): boolean {
  return sign !== "-" && (risk === null || risk === "high" || risk === "critical");
}

function permissionRow(change: PermissionChange): string {
  const { sign, scopeLabel, title, permission, reference, fromCatalog } = change;
  const named = title === null ? "not in this catalog" : plainText(title);
  const cells = [
    `**${plainText(sign)}**`,
    scopeLabel === null ? "" : plainText(scopeLabel),
    `${named}${isCatalogAddress(reference) ? ` ${link("reference", reference)}` : ""}${fromCatalog ? " *new in the catalog*" : ""}`,
    code(permission),
    plainText(describeRisk(change)),
  ];
  return `| ${cells.join(" | ")} |`;
}

/** A review may come from strangers, with any address. */
function isCatalogAddress(address: string | null): address is string {
  return address !== null && CATALOG_ADDRESSES.has(address);
}

const CATALOG_ADDRESSES: ReadonlySet<string> = new Set(
  Object.values(PERMISSIONS).flatMap(({ reference }) => reference ?? []),
);

function findingLines(findings: readonly Finding[], { detail }: MarkdownOptions): string[] {
  // The default of an effect is left out: the client's own line shows the effect.
  const notable = findings.filter(
    ({ outcome, waiver, permission }) => outcome === "denied" || waiver !== null || permission !== null,
  );
  const shown = detail === "counts" ? [] : notable;
  if (shown.length === 0) return [];
  return ["", "#### Rules", "", ...shown.map((finding) => `- ${findingText(finding)}`)];
}

function findingText({ outcome, rule, reason, client, permission, waiver }: Finding): string {
  const about = [client, permission].filter((part) => part !== null).map((part) => code(part));
  const outcomeText = { denied: "**denied**", approval: "needs approval", waived: "waived" }[outcome];
  // The reason comes from the change itself, so it may hold strangers' strings.
  const why = rule === "unknown" ? code(reason, SENTENCE_MAX) : plainText(reason);
  const sentence = [outcomeText, ...about, `by ${code(rule)}:`, why].join(" ");
  if (waiver === null) return sentence;
  return `${sentence} (waived by ${code(waiver.approver)} until ${plainText(waiver.until)}: ${plainText(waiver.reason)})`;
}
