import { generateKeyPairSync } from "node:crypto";
import { type Permission, sortPermissions } from "xtremepush-access";
import { readPublicKey } from "xtremepush-access/keys";

/** What a program declares of one client and its grant. */
export interface DeclaredClient {
  /** The name of both resources. */
  readonly key: string;
  /** The earlier names of both resources, the first one first. */
  readonly aliases: readonly string[];
  /** The permissions that the second program gives the client; null for none. Then the program has no grant of its own. */
  readonly granted: readonly Permission[] | null;
  /** Who created the client: the program, or somebody by hand, who may have deleted it before it is adopted. */
  readonly origin: "program" | "by hand" | "deleted";
  readonly name: string;
  readonly description: string | null;
  /** Null when there is no grant. */
  readonly permissions: readonly Permission[] | null;
  readonly secretVersion: number;
  readonly highestVersion: number;
  readonly secretOverlap: string | null;
  /** The labels of its public keys. */
  readonly labels: readonly string[];
}

/** A public key as PEM text, with the fingerprint by which the backend identifies it. */
export interface ProgramKey {
  readonly pem: string;
  readonly fingerprint: string;
}

const keys = new Map<string, ProgramKey>();

/** Returns the key of a label; the first call creates it. */
export function keyOf(label: string): ProgramKey {
  const key = keys.get(label) ?? makeKey();
  keys.set(label, key);
  return key;
}

function makeKey(): ProgramKey {
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return readPublicKey(publicKey.export({ format: "pem", type: "spki" }).toString());
}

/** Who has the current secret of a client: nobody when it has none or the client was deleted. */
export function holderOf({ origin, secretVersion, highestVersion }: DeclaredClient): "state" | "maker" | "nobody" {
  if (secretVersion === 0) return "nobody";
  if (origin === "program" || highestVersion > 1) return "state";
  return origin === "by hand" ? "maker" : "nobody";
}

/** The name that the resources of a client had first, which stays. */
export function firstKey({ key, aliases }: Pick<DeclaredClient, "key" | "aliases">): string {
  return aliases[0] ?? key;
}

/** The resources of the clients and their grants, as in `ScopeGrant c1`. */
export function resourcesOf(declared: readonly DeclaredClient[]): string[] {
  return declared.flatMap(({ key, permissions }) => [
    `ApiClient ${key}`,
    ...(permissions === null ? [] : [`ScopeGrant ${key}`]),
  ]);
}

/** The program, in plain JavaScript; the client IDs are those of the clients that it adopts. */
export function programOf(declared: readonly DeclaredClient[], adopted: ReadonlyMap<string, string>): string {
  const head = 'const { ApiClient, ScopeGrant } = require("pulumi-xtremepush");';
  return [head, ...declared.flatMap((client) => linesOf(client, adopted.get(client.key))), ""].join("\n");
}

function linesOf({ key, aliases, permissions, ...client }: DeclaredClient, adopt: string | undefined): string[] {
  const args = {
    adopt,
    name: client.name,
    description: client.description ?? undefined,
    secretVersion: client.secretVersion,
    secretOverlap: client.secretOverlap ?? undefined,
    publicKeys:
      client.labels.length === 0
        ? undefined
        : Object.fromEntries(client.labels.map((label) => [label, keyOf(label).pem])),
  };
  const options = aliases.length === 0 ? "" : `, ${JSON.stringify({ aliases: aliases.map((name) => ({ name })) })}`;
  const lines = [`const ${key} = new ApiClient("${key}", ${JSON.stringify(args)}${options});`];
  if (permissions === null) return lines;
  const grant = `{ client: ${key}, permissions: ${JSON.stringify(permissions)} }`;
  return [...lines, `new ScopeGrant("${key}", ${grant}${options});`];
}

/** The line of a program that wants to take the grant of another program's client. */
export function intruderOf(client: string): string {
  return `new ScopeGrant("intruder", { client: "${client}", permissions: ["export:segment"] });\n`;
}

/** The permissions that a client should have: its own, or those of the second program. */
export function permissionsOf({ permissions, granted }: DeclaredClient) {
  return sortPermissions(permissions ?? granted ?? []);
}
