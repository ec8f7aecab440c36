import { type ClientWithGrant, isPermission, type Permission } from "xtremepush-access";
import { PublicKeyError, readPublicKey } from "xtremepush-access/keys";
import { Description, Name } from "xtremepush-access/schemas";
import { quoted, visible } from "xtremepush-access/text";
import { NameGiver, type ResourceNames } from "./resource-names";

/** A client that the program declares. */
export interface DeclaredClient {
  readonly names: ResourceNames;
  readonly client: ClientWithGrant;
  /** The permissions that its grant declares; null when the grant is left out. */
  readonly permissions: readonly Permission[] | null;
}

/** What the program does not declare, and stays unchanged. */
export interface LeftOut {
  readonly client: ClientWithGrant;
  readonly what: "client" | "permissions";
  /** The reason, as the end of a sentence. */
  readonly why: string;
}

/** What happens to each client of a project. */
export interface ExportPlan {
  readonly declared: readonly DeclaredClient[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * Decides what the program declares: every client and grant that no program manages and that this version of the packages
 * supports. A managed client stays with its program; two programs would undo each other's changes.
 */
export function planExport(clients: readonly ClientWithGrant[]): ExportPlan {
  const names = new NameGiver();
  const declared: DeclaredClient[] = [];
  const leftOut: LeftOut[] = [];
  for (const client of clients.toSorted(byName)) {
    const why = whyLeftOut(client);
    if (why !== null) {
      leftOut.push({ client, what: "client", why });
      continue;
    }
    const whyNoGrant = whyGrantLeftOut(client);
    if (whyNoGrant !== null) leftOut.push({ client, what: "permissions", why: whyNoGrant });
    const permissions = whyNoGrant === null ? client.grant.permissions.filter(isPermission) : null;
    declared.push({ names: names.give(client), client, permissions });
  }
  return { declared, leftOut };
}

/** Compares by name, independent of case and of the machine's locale. */
function byName(a: ClientWithGrant, b: ClientWithGrant): number {
  return compare(a.name.toLowerCase(), b.name.toLowerCase()) || compare(a.name, b.name) || compare(a.id, b.id);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function whyLeftOut(client: ClientWithGrant): string | null {
  const { managedBy, publicKeys } = client;
  if (managedBy !== null) return `${visible(managedBy)} manages it`;
  const whyText = whyTextRefused(client);
  if (whyText !== null) return whyText;
  for (const [label, { pem }] of Object.entries(publicKeys)) {
    if (!isReadable(pem)) return `this version does not support its public key ${quoted(label)}`;
  }
  return null;
}

/** An older backend accepted characters that a declaration must not have: hidden ones, and spaces such as U+00A0. */
function whyTextRefused({ id, project, name, description }: ClientWithGrant): string | null {
  for (const [field, schema, value] of [
    ["name", Name, name],
    ["description", Description, description],
  ] as const) {
    const [issue] = schema.safeParse(value).error?.issues ?? [];
    if (issue === undefined) continue;
    const path = `/v1/projects/${visible(project)}/clients/${visible(id)}`;
    return `a program cannot declare its ${field}: ${issue.message}; change the ${field} with PATCH ${path}, then export again`;
  }
  return null;
}

/** A newer backend may accept keys that this version does not support. */
function isReadable(pem: string): boolean {
  try {
    return readPublicKey(pem).pem === pem;
  } catch (error) {
    if (error instanceof PublicKeyError) return false;
    throw error;
  }
}

function whyGrantLeftOut({ grant }: ClientWithGrant): string | null {
  if (grant.managedBy !== null) return `${visible(grant.managedBy)} manages them`;
  const unknown = grant.permissions.filter((permission) => !isPermission(permission));
  if (unknown.length === 0) return null;
  return `this version does not know ${unknown.map((permission) => quoted(permission)).join(", ")}`;
}
