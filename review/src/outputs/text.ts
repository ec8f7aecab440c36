import { styleText } from "node:util";
import type { AccessDiff, ClientDiff, EnvironmentDiff, PermissionChange } from "../model/access-diff";
import type { Finding } from "../model/decision";
import type { Review } from "../model/review";
import { describeUse } from "../model/use";
import { quoted, SENTENCE_MAX, visible, word } from "./visible";
import {
  describeCatalog,
  describeDeletedUse,
  describeEffects,
  describeExtent,
  describeRisk,
  describeVerdict,
  findingsBesideNotes,
  GRANT_REPLACED,
  groupByScope,
  OUTCOMES,
} from "./wording";

type Style = (text: string, style: Parameters<typeof styleText>[0]) => string;

/** Writes a review for a terminal. */
export function writeText(
  { diff, decision, rulesFrom, notes }: Review,
  { colour }: { readonly colour: boolean },
): string {
  const lines = [
    verdictLine(diff, colour),
    `${OUTCOMES[decision.outcome]} (${rulesFrom === null ? "default rules" : `rules of ${word(rulesFrom)}`})`,
    ...notes.map((note) => `Note: ${visible(note, SENTENCE_MAX)}`),
    ...changeLines(diff, colour),
    ...findingLines(findingsBesideNotes({ decision, notes })),
    "",
    `digest ${diff.digest}`,
  ];
  return `${lines.join("\n")}\n`;
}

/** The part of a review that says what changes, as lines: the verdict, then each client. */
export function accessLines(diff: AccessDiff, { colour }: { readonly colour: boolean }): string[] {
  return [verdictLine(diff, colour), ...changeLines(diff, colour)];
}

function verdictLine(diff: AccessDiff, colour: boolean): string {
  return styleFor(colour)(describeVerdict(diff), "bold");
}

function changeLines({ uncertain, environments }: AccessDiff, colour: boolean): string[] {
  return [
    ...uncertain.map(({ why }) => `Not certain: ${visible(why, SENTENCE_MAX)}`),
    ...environments.flatMap((environment) => ["", ...environmentLines(environment, styleFor(colour))]),
  ];
}

function styleFor(colour: boolean): Style {
  return (text, how) => (colour ? styleText(how, text, { validateStream: false }) : text);
}

function environmentLines(environment: EnvironmentDiff, style: Style): string[] {
  const { pulumiProject, stack, location, clients } = environment;
  const where =
    location === null
      ? ""
      : `, at ${quoted(locationText(location.project))} on ${quoted(locationText(location.endpoint))}`;
  const catalog = describeCatalog(environment);
  return [
    style(`${quoted(pulumiProject)}, stack ${quoted(stack)}${where}`, "underline"),
    ...(catalog === null ? [] : [`  ${visible(catalog)}`]),
    ...clients.flatMap((client) => clientLines(client, style)),
  ];
}

/** A part of a location, or why it is unknown. */
export function locationText(part: string | { readonly unknown: string }): string {
  return typeof part === "string" ? part : `(not known: ${part.unknown})`;
}

function clientLines(client: ClientDiff, style: Style): string[] {
  const at = client.source === null ? "" : `  ${word(client.source)}`;
  const rows = [...groupByScope(client.permissions)].flatMap(([scope, changes]) => [
    `    ${scope}`,
    ...changes.flatMap((change) => permissionLines(change, style)),
  ]);
  return [
    `  ${style(nameText(client), "bold")}  ${describeEffects(client)}  ${describeExtent(client)}${at}`,
    ...(client.unknown === null ? [] : [`    ? not known: ${visible(client.unknown, SENTENCE_MAX)}`]),
    ...client.credentials.map(
      ({ credential, before, after }) =>
        `    ~ ${credentialText(credential)}: ${valueText(before)} -> ${valueText(after)}`,
    ),
    ...(client.grantReplaced ? [`    ~ ${GRANT_REPLACED}`] : []),
    ...describeDeletedUse(client).map((use) => `    ${use}`),
    ...rows,
  ];
}

/** `secret`, or `key` with its quoted label. */
function credentialText(credential: string): string {
  const [, label] = /^key (.*)$/s.exec(credential) ?? [];
  if (label !== undefined) return `key ${quoted(label)}`;
  return credential === "secret" ? credential : quoted(credential);
}

/** `version 2`, or a fingerprint or client ID, which a stranger may have written. */
function valueText(value: string | null): string {
  if (value === null) return "none";
  return /^version -?\d+$/.test(value) ? value : word(value);
}

function nameText({ id, nameBefore, nameAfter }: ClientDiff): string {
  if (nameBefore !== null && nameAfter !== null && nameBefore !== nameAfter) {
    return `${quoted(nameBefore)} -> ${quoted(nameAfter)}`;
  }
  return quoted(nameAfter ?? nameBefore ?? id);
}

function permissionLines(change: PermissionChange, style: Style): string[] {
  const { sign, permission, title, reference, fromCatalog, use } = change;
  const colours = { "+": "red", "-": "green", "?": "yellow" } as const;
  const catalog = fromCatalog ? "  (new in the catalog)" : "";
  const row = `${sign} ${title ?? "a permission that is not in this catalog"}  ${word(permission)}  ${describeRisk(change)}${catalog}${use === undefined ? "" : `  ${describeUse(use)}`}`;
  return [`      ${style(row, colours[sign])}`, ...(reference === null ? [] : [`        ${reference}`])];
}

function findingLines(findings: readonly Finding[]): string[] {
  if (findings.length === 0) return [];
  return ["", "Why:", ...findings.map((finding) => `  ${findingText(finding)}`)];
}

function findingText({ outcome, rule, reason, client, permission, waiver }: Finding): string {
  const about = [client, permission].filter((part) => part !== null).map((part) => quoted(part));
  const parts = [
    outcome === "denied" ? "denied" : "needs approval",
    ...about,
    `rule ${rule}`,
    // The reason comes from the change itself, so it may hold strangers' strings.
    rule === "unknown" ? quoted(reason, SENTENCE_MAX) : visible(reason, SENTENCE_MAX),
  ];
  if (waiver === null) return parts.join("  ");
  const { approver, until } = waiver;
  return [
    "waived",
    ...parts.slice(1),
    `by ${quoted(approver)} until ${until}: ${visible(waiver.reason, SENTENCE_MAX)}`,
  ].join("  ");
}
