import { GROUPS, PERMISSION_IDS, PERMISSIONS, type PermissionInfo, SCOPES } from "../../sdk/src/catalog";

/** The text of docs/permissions.md. */
export function permissionsTable(): string {
  const count = `${PERMISSION_IDS.length} permissions in ${Object.keys(SCOPES).length} scopes`;
  return [
    "<!-- Generated from sdk/src/catalog by `npm run generate`; do not edit. -->\n",
    `# Permissions\n\n${INTRODUCTION.replace("COUNT", count)}\n`,
    ...Object.entries(GROUPS).map(([group, label]) => `\n## ${label}\n${scopesOf(group)}`),
  ].join("");
}

const INTRODUCTION = `The settings page Settings > Integrations > API Integrations offers COUNT, in four groups.
The ids are this project's own, because the strings that the vendor uses on the wire are not public. Access, data and risk
are this project's judgement. The column *how known* tells how the endpoint below \`/api/external/\` is known: the vendor's
reference (documented), public code (observed), the naming pattern (inferred), a guess, or not at all (unknown).`;

function scopesOf(group: string): string {
  return Object.entries(SCOPES)
    .filter(([, scope]) => scope.group === group)
    .map(([scope, { label }]) => `\n### ${label} (\`${scope}\`)\n\n${HEADER}${rowsOf(scope)}`)
    .join("");
}

const HEADER =
  "| permission | allows | access | data | risk | endpoint | how known | notes |\n|---|---|---|---|---|---|---|---|\n";

function rowsOf(scope: string): string {
  return PERMISSION_IDS.map((id): PermissionInfo => PERMISSIONS[id])
    .filter((info) => info.scope === scope)
    .map((info) => `| ${cellsOf(info).join(" | ")} |\n`)
    .join("");
}

function cellsOf(info: PermissionInfo): string[] {
  const risk = info.riskReason === null ? info.risk : `${info.risk}: ${info.riskReason}`;
  const title = info.reference === null ? info.title : `[${info.title}](${info.reference})`;
  const endpoint = info.endpoint === null ? "" : `\`${info.endpoint}\``;
  return [`\`${info.id}\``, title, info.access, info.data, risk, endpoint, info.endpointEvidence, notesOf(info)];
}

function notesOf(info: PermissionInfo): string {
  const together = info.usuallyWith?.map((id) => `\`${id}\``).join(", ");
  return [
    info.deprecated && `deprecated: ${info.deprecated}`,
    info.triggersMessages && "can start messages",
    info.body && `a body with ${info.body}`,
    together && `usually with ${together}`,
    info.note,
  ]
    .filter(Boolean)
    .join("; ");
}
