import { PERMISSION_IDS, PERMISSIONS, SCOPES } from "../../sdk/src/catalog";

/**
 * The source of `permissions.<scope>.<object>`: generated, because only source text shows a title in the editor's
 * hover.
 */
export function accessorsSource(): string {
  const scopes = Object.entries(SCOPES).map(
    ([scope, { label }]) => `  /** ${label} */\n  ${camelCase(scope)}: {\n${members(scope)}  },\n`,
  );
  return [
    "// Generated from the tables beside it by `npm run generate`; do not edit.\n\n",
    'import { freeze } from "./freeze";\nimport type { Permission } from "./permissions";\n\n',
    "/**\n * Every permission by scope and object, for completion in the editor.\n *\n",
    ' * @example\n * ```ts\n * permissions.list.profileAttribute; // "list:profile-attribute"\n * ```\n */\n',
    "export const permissions = freeze({\n",
    ...scopes,
    "} as const satisfies Record<string, Record<string, Permission>>);\n",
  ].join("");
}

function members(scope: string): string {
  return PERMISSION_IDS.filter((id) => PERMISSIONS[id].scope === scope)
    .map((id) => {
      const { title, risk, riskReason } = PERMISSIONS[id];
      const why = riskReason === null ? "" : `: ${riskReason}`;
      return `    /** ${title} (${risk} risk${why}) */\n    ${camelCase(id.slice(scope.length + 1))}: "${id}",\n`;
    })
    .join("");
}

function camelCase(kebab: string): string {
  return kebab.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
