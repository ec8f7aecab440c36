import { count, quoted, visible } from "xtremepush-access/text";
import type { DeclaredClient, ExportPlan, LeftOut } from "./export-plan";
import { permissionsSource } from "./permission-source";
import { commentLines, propertyKey, render, type Source, stringLiteral, templateLiteral } from "./source-text";
import type { Unused } from "./unused-permissions";

/** Writes index.ts: the declarations, and comments for what is left out, and for what is not used. */
export function programSource({ declared, leftOut }: ExportPlan, unused: Unused | null = null): string {
  const imported = new Set<"permissions" | "select">();
  const blocks = declared.map((each) => {
    const note = leftOut.find(({ client, what }) => client === each.client && what === "permissions");
    return note === undefined ? withGrant(each, imported, unused) : withoutGrant(each, note);
  });
  const others = leftOut.filter(({ what }) => what === "client");
  const clients = others.length === 0 ? [] : [["// Not declared here:", ...others.map(otherClient), ""].join("\n")];
  return [imports(declared, imported), ...blocks, ...clients].join("\n");
}

function imports(declared: readonly DeclaredClient[], used: ReadonlySet<string>): string {
  const grants = declared.some(({ permissions }) => permissions !== null);
  return [
    `import { ApiClient${grants ? ", ScopeGrant" : ""} } from "pulumi-xtremepush";\n`,
    used.size === 0 ? "" : `import { ${[...used].sort().join(", ")} } from "xtremepush-access";\n`,
  ].join("");
}

function withGrant(each: DeclaredClient, imported: Set<"permissions" | "select">, unused: Unused | null): string {
  const { names, permissions } = each;
  const { source, uses } = permissionsSource(permissions ?? []);
  if (uses !== null) imported.add(uses);
  const client = ["client", names.variable] as const;
  return [
    `${declaration(each, `const ${names.variable} = `)}\n`,
    unusedNote(each, unused),
    render({ object: [client, ["permissions", source]] }, `new ScopeGrant(${stringLiteral(names.resource)}, `, ");\n"),
  ].join("");
}

function unusedNote({ client }: DeclaredClient, unused: Unused | null): string {
  const permissions = unused?.permissions.get(client.id) ?? [];
  if (unused === null || permissions.length === 0) return "";
  return commentLines(
    `Not used in the last ${count(unused.days, "day")}, as gateways count it: ${permissions.join(", ")}.`,
  );
}

function withoutGrant(each: DeclaredClient, { why }: LeftOut): string {
  return `// Its permissions are not declared here: ${why}.\n${declaration(each, "")}\n`;
}

function declaration({ names, client }: DeclaredClient, before: string): string {
  const { name, description, secretVersion, publicKeys } = client;
  const keys = Object.entries(publicKeys);
  const entries: (readonly [string, Source])[] = [
    ["name", stringLiteral(name)],
    ...(description === null ? [] : [["description", stringLiteral(description)] as const]),
    ...(secretVersion === 1 ? [] : [["secretVersion", String(secretVersion)] as const]),
    ...(keys.length === 0 ? [] : [["publicKeys", keysSource(keys)] as const]),
  ];
  return render({ object: entries }, `${before}new ApiClient(${stringLiteral(names.resource)}, `, ");");
}

function keysSource(keys: readonly (readonly [string, { readonly pem: string }])[]): Source {
  return { object: keys.map(([label, { pem }]) => [propertyKey(label), templateLiteral(pem)] as const) };
}

function otherClient({ client, why }: LeftOut): string {
  return `// - ${quoted(client.name)} (${visible(client.id)}): ${why}`;
}
