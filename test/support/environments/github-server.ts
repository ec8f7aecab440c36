import sodium from "libsodium-wrappers";
import type { ServiceReply, ServiceRequest } from "./service-server";

/** What a test changes, and sees. */
export interface FakeGitHub {
  /** The scopes of a classic token; null for a fine-grained one. */
  scopes: string | null;
  /** What the repository says of the caller; null as for the token of an app. */
  role: { readonly admin: boolean; readonly push: boolean; readonly pull: boolean } | null;
  /** Whether the token may see and change secrets. */
  mayChange: boolean;
  /** The names of the environments, each with what protects it. */
  readonly environments: Map<string, { readonly reviewers: readonly string[] }>;
  /** The opened secrets, by `acme/shop` or `acme/shop dev`. */
  readonly secrets: Map<string, Map<string, string>>;
  handle(request: ServiceRequest): ServiceReply;
}

export const GITHUB_TOKEN = "github_pat_right";

interface KeyPair {
  readonly publicKey: Uint8Array;
  readonly privateKey: Uint8Array;
}

const NOT_FOUND: ServiceReply = { status: 404, body: { message: "Not Found", status: "404" } };
const FORBIDDEN: ServiceReply = {
  status: 403,
  body: { message: "Resource not accessible by personal access token", status: "403" },
};

/**
 * GitHub's REST API with the repository `acme/shop`. It opens each sealed box with the private key and refuses one that is for
 * another key, as a name that is not valid; a PUT to an environment replaces what protects it.
 */
export async function fakeGitHub(): Promise<FakeGitHub> {
  await sodium.ready;
  const keys = sodium.crypto_box_keypair();
  const github: FakeGitHub = {
    scopes: null,
    role: { admin: true, push: true, pull: true },
    mayChange: true,
    environments: new Map(),
    secrets: new Map(),
    handle(request) {
      const [repos, owner, name] = request.segments;
      if (!isKnown(request)) return { status: 401, body: { message: "Bad credentials", status: "401" } };
      if (repos !== "repos" || `${owner}/${name}` !== "acme/shop") return NOT_FOUND;
      return answerRepository(github, request, keys);
    },
  };
  return github;
}

function answerRepository(github: FakeGitHub, request: ServiceRequest, keys: KeyPair): ServiceReply {
  const [, , , kind, environment = "", secrets, secret] = request.segments;
  if (kind === undefined) return repository(github);
  if (kind === "environments" && secrets === undefined) return answerEnvironment(github, request, environment);
  if (kind === "environments" && !github.environments.has(environment)) return NOT_FOUND;
  if (!github.mayChange) return FORBIDDEN;
  const named =
    kind === "actions" ? { place: "acme/shop", secret: secrets } : { place: `acme/shop ${environment}`, secret };
  return answerSecrets(github, request, { ...named, keys });
}

function isKnown({ headers: { authorization = "" } }: ServiceRequest): boolean {
  return authorization === `Bearer ${GITHUB_TOKEN}` || authorization.startsWith("Bearer ghs_");
}

function repository({ scopes, role }: FakeGitHub): ServiceReply {
  const permissions = role ?? { admin: false, push: false, pull: false };
  return {
    headers: scopes === null ? {} : { "x-oauth-scopes": scopes },
    body: { id: 1, full_name: "acme/shop", permissions },
  };
}

function answerEnvironment({ environments }: FakeGitHub, { method, body }: ServiceRequest, name: string): ServiceReply {
  if (method === "GET") return environments.has(name) ? { body: { name } } : NOT_FOUND;
  environments.set(name, { reviewers: Object(body).reviewers ?? [] });
  return { body: { name } };
}

interface Named {
  readonly place: string;
  readonly secret: string | undefined;
  readonly keys: KeyPair;
}

function answerSecrets({ secrets }: FakeGitHub, { method, body }: ServiceRequest, named: Named): ServiceReply {
  const { place, secret, keys } = named;
  const held = secrets.get(place) ?? new Map<string, string>();
  secrets.set(place, held);
  if (secret === undefined) {
    return {
      body: {
        total_count: held.size,
        secrets: [...held.keys()].map((name) => ({ name, updated_at: "2026-11-29T00:00:00Z" })),
      },
    };
  }
  if (secret === "public-key")
    return { body: { key_id: "568250167242549743", key: Buffer.from(keys.publicKey).toString("base64") } };
  if (method === "DELETE") return held.delete(secret) ? { status: 204 } : NOT_FOUND;
  const { encrypted_value: box, key_id: id } = Object(body);
  const opened = open(String(box), keys);
  if (id !== "568250167242549743" || opened === null || !/^(?!GITHUB_)[A-Z_][A-Z0-9_]*$/.test(secret)) {
    return { status: 422, body: { message: "Validation Failed", status: "422" } };
  }
  const isNew = !held.has(secret);
  held.set(secret, opened);
  return isNew ? { status: 201, body: {} } : { status: 204 };
}

function open(box: string, { publicKey, privateKey }: KeyPair): string | null {
  try {
    return Buffer.from(sodium.crypto_box_seal_open(Buffer.from(box, "base64"), publicKey, privateKey)).toString();
  } catch (error) {
    if (error instanceof Error) return null;
    throw error;
  }
}
