import { PERMISSIONS } from "xtremepush-access/catalog";
import type { ClientDiff, EnvironmentDiff, PermissionChange } from "../model/access-diff";
import type { Finding } from "../model/decision";
import { parseSourcePosition } from "../model/source-position";
import { describeUse, type Use } from "../model/use";
import { clientName, listNames } from "./markdown-names";
import { code, codeLink, link, plainText } from "./markdown-text";
import type { MergedClients, MergedPermission } from "./merged-stacks";
import { SENTENCE_MAX } from "./visible";
import { describeDeletedUse, describeEffects, describeExtent, describeRisk, GRANT_REPLACED } from "./wording";

/** How the cells of a report are written. */
export interface CellStyle {
  stacks(environments: readonly EnvironmentDiff[], max?: number): string;
  /** Finds the URL of a line of the program; null when there is none. */
  sourceAddress(file: string, line: number): string | null;
  /** How many names the row of a client lists: every one in a full report. */
  readonly names: number;
}

export const PERMISSION_HEAD = [
  "| | scope | permission | id | risk | client | stack |",
  "|---|---|---|---|---|---|---|",
];

/** A permission that clients gain, may have or lose. */
export function permissionRow(row: MergedPermission, { stacks }: CellStyle): string {
  const { change, ruling, clients, environments } = row;
  const { sign, scopeLabel, title, permission, reference, fromCatalog, use } = change;
  const named = title === null ? "not in this catalog" : plainText(title);
  const decided = { denied: " **denied**", waived: " waived", approval: "", nothing: "" }[ruling];
  return cells(
    `**${plainText(sign)}**${decided}`,
    scopeLabel === null ? "" : plainText(scopeLabel),
    `${named}${isCatalogAddress(reference) ? ` ${link("reference", reference)}` : ""}${fromCatalog ? " *new in the catalog*" : ""}${useText(use)}`,
    code(permission),
    plainText(describeRisk(change)),
    listNames(clients.map(clientName)),
    stacks(environments),
  );
}

function useText(use: Use | undefined): string {
  return use === undefined ? "" : ` *${plainText(describeUse(use))}*`;
}

/** A review may come from strangers, with any address. */
function isCatalogAddress(address: string | null): address is string {
  return address !== null && CATALOG_ADDRESSES.has(address);
}

const CATALOG_ADDRESSES: ReadonlySet<string> = new Set(
  Object.values(PERMISSIONS).flatMap(({ reference }) => reference ?? []),
);

export const CLIENT_HEAD = ["| client | what happens | permissions | stack |", "|---|---|---|---|"];

/** Clients that change alike, in all of their stacks. */
export function clientRow({ clients, environments }: MergedClients, style: CellStyle): string {
  const [{ client, findings }] = clients;
  const { unknown, credentials, grantReplaced, permissions } = client;
  const happens = [
    describeEffects(client),
    ...describeRules(findings),
    ...(unknown === null ? [] : [`not known: ${code(unknown, SENTENCE_MAX)}`]),
    ...credentials.map(
      ({ credential, before, after }) => `${code(credential)}: ${code(before ?? "none")} to ${code(after ?? "none")}`,
    ),
    ...(grantReplaced ? [GRANT_REPLACED] : []),
    ...describeDeletedUse(client).map(plainText),
  ];
  const ids = permissions.map(({ sign, permission, use }) => `${code(`${sign}${permission}`)}${useText(use)}`);
  return cells(
    listNames(clients.map((each) => placeText(each.client, style))),
    happens.join("<br>"),
    [plainText(describeExtent(client)), ...(ids.length === 0 ? [] : [listNames(ids, style.names)])].join("<br>"),
    style.stacks(environments, style.names),
  );
}

/** The rules that deny the client's change, or would. */
function describeRules(findings: readonly Finding[]): string[] {
  return (["denied", "waived"] as const).flatMap((outcome) => {
    const rules = new Set(findings.filter((finding) => finding.outcome === outcome).map(({ rule }) => rule));
    if (rules.size === 0) return [];
    const word = outcome === "denied" ? "**denied**" : outcome;
    return [`${word} by ${listNames([...rules].map((rule) => code(rule)))}`];
  });
}

/** The names of a client, and where the program declares it. */
function placeText(client: ClientDiff, style: CellStyle): string {
  const at = client.source === null ? "" : ` (${sourceLink(client.source, style)})`;
  return `${nameText(client)}${at}`;
}

function nameText(client: ClientDiff): string {
  const { nameBefore, nameAfter } = client;
  if (nameBefore === null || nameAfter === null || nameBefore === nameAfter) return clientName(client);
  return `${code(nameBefore)} to ${code(nameAfter)}`;
}

function sourceLink(source: string, { sourceAddress }: CellStyle): string {
  const position = parseSourcePosition(source);
  const address = position === null ? null : sourceAddress(position.file, position.line);
  return address === null ? code(source) : codeLink(source, address);
}

function cells(...written: readonly string[]): string {
  return `| ${written.join(" | ")} |`;
}

/** Counts what rows gain and lose, for those that are left out. */
export function countRows(rows: readonly { readonly change: PermissionChange }[]): string {
  const signs = [
    ["+", "gained"],
    ["?", "may be gained"],
    ["-", "lost"],
  ] as const;
  return signs
    .map(([sign, word]) => [rows.filter(({ change }) => change.sign === sign).length, word] as const)
    .filter(([amount]) => amount > 0)
    .map(([amount, word]) => `${amount.toLocaleString("en-US")} ${word}`)
    .join(", ");
}
