import type { Permission } from "xtremepush-access";
import { AccessClient } from "xtremepush-access";
import type { ClientCreate } from "xtremepush-access/schemas";
import { makeKeyPair, type TestKeyPair } from "../sdk/certificates";
import type { TestBackend } from "./backend";

/** A client of the project `retail` with what its token requests need. */
export interface GrantedClient {
  readonly access: AccessClient;
  readonly id: string;
  readonly secret: string;
}

/** Makes the project `retail` when it is not there, and a client in it with a grant. */
export async function makeGrantedClient(
  backend: Pick<TestBackend, "endpoint" | "adminToken">,
  permissions: readonly Permission[],
): Promise<GrantedClient> {
  const { access, id, clientSecret } = await makeClient(backend, permissions);
  if (clientSecret === null) throw new Error("the client was made without a secret");
  return { access, id, secret: clientSecret };
}

/** A client of the project `retail` without a secret, and the private part of its key `current`. */
export interface KeyClient {
  readonly access: AccessClient;
  readonly id: string;
  readonly privateKey: string;
}

/** Makes the project `retail` when it is not there, and a client in it with a grant and a key, by default a new one. */
export async function makeKeyClient(
  backend: Pick<TestBackend, "endpoint" | "adminToken">,
  permissions: readonly Permission[],
  pair?: CertifiedKeyPair,
): Promise<KeyClient> {
  const key: CertifiedKeyPair = pair ?? (await makeKeyPair());
  const publicKeys = { current: key.certificate ?? key.publicKey };
  const { access, id } = await makeClient(backend, permissions, { secretVersion: 0, publicKeys });
  return { access, id, privateKey: key.privateKey };
}

type CertifiedKeyPair = TestKeyPair & { readonly certificate?: string };

async function makeClient(
  { endpoint, adminToken }: Pick<TestBackend, "endpoint" | "adminToken">,
  permissions: readonly Permission[],
  credentials: Pick<ClientCreate, "secretVersion" | "publicKeys"> = {},
) {
  const access = new AccessClient({ endpoint, token: adminToken });
  const projects = await access.projects.list();
  if (projects.items.length === 0) await access.projects.create({ slug: "retail" });
  const { items } = await access.clients.list("retail");
  const name = `client ${items.length + 1}`;
  const { id, clientSecret } = await access.clients.create("retail", { name, ...credentials });
  if (permissions.length > 0) await access.grants.put("retail", id, { permissions: [...permissions] }, { ifMatch: 0 });
  return { access, id, clientSecret };
}

/** An answer of an OAuth endpoint as it came. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** Posts a form as it is written, so that a test can also send what no client would. */
export async function postForm(url: string, form: string, headers: Record<string, string> = {}): Promise<RawAnswer> {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
    body: form,
  });
  // Every answer of these endpoints is a JSON object; a test that meets another fails on its fields.
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Record<string, unknown> };
}

/** The form of a token request with the secret in the body, and more parameters. */
export function tokenForm({ id, secret }: GrantedClient, more: Readonly<Record<string, string>> = {}): string {
  const form = { grant_type: "client_credentials", client_id: id, client_secret: secret, ...more };
  return new URLSearchParams(form).toString();
}

/** The form of a token request of the jwt-bearer grant, and more parameters. */
export function grantForm(assertion: string, more: Readonly<Record<string, string>> = {}): string {
  const form = { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion, ...more };
  return new URLSearchParams(form).toString();
}

/** The form of a token request of a client that authenticates by an assertion, and more parameters. */
export function clientAssertionForm(assertion: string, more: Readonly<Record<string, string>> = {}): string {
  const form = {
    grant_type: "client_credentials",
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: assertion,
    ...more,
  };
  return new URLSearchParams(form).toString();
}

/** The Authorization header of a client. */
export function basicAuthorization(id: string, secret: string): Record<string, string> {
  const parts = `${encodeURIComponent(id)}:${encodeURIComponent(secret)}`;
  return { authorization: `Basic ${Buffer.from(parts).toString("base64")}` };
}
