import type { ServiceReply, ServiceRequest } from "./service-server";

interface Version {
  readonly data: Readonly<Record<string, unknown>>;
  isDeleted: boolean;
}

/** What a test changes, and sees. */
export interface FakeVault {
  /** The capabilities of each token, by path. */
  readonly policies: Record<string, Readonly<Record<string, readonly string[]>>>;
  /** The versions of each secret, by its path in the engine. */
  readonly secrets: Map<string, Version[]>;
  /** Runs before a write is compared with the version of now. */
  beforeWrite: () => void;
  /** The namespace that each request must name; null for none. */
  namespace: string | null;
  handle(request: ServiceRequest): ServiceReply;
}

export const VAULT_TOKEN = "hvs.right";

const DENIED: ServiceReply = { status: 403, body: { errors: ["1 error occurred:\n\t* permission denied\n\n"] } };
const MOUNTS = "sys/internal/ui/mounts/";
const NONE: ServiceReply = { status: 404, body: { errors: [] } };

/**
 * A Vault with a KV v2 engine at `secret` and one of version 1 at `old`. It does what Vault 1.20 does in
 * `builtin/logical/kv`: versions, check-and-set against the newest version even when that is deleted, 404 with the metadata of a
 * deleted version, and 403 for a token that it does not know.
 */
export function fakeVault(): FakeVault {
  const all = { "secret/data/crm/dev": ["create", "read", "update"], "secret/metadata/crm/dev": ["delete"] };
  const vault: FakeVault = {
    policies: { [VAULT_TOKEN]: all },
    secrets: new Map(),
    beforeWrite: () => undefined,
    namespace: null,
    handle(request) {
      const policy = vault.policies[String(request.headers["x-vault-token"])];
      const namespace = request.headers["x-vault-namespace"] ?? null;
      if (policy === undefined || namespace !== vault.namespace) return DENIED;
      const path = request.segments.slice(1).join("/");
      if (path === "sys/capabilities-self") return capabilities(request, policy);
      if (path.startsWith(MOUNTS)) return mount(path.slice(MOUNTS.length));
      const needed = { GET: "read", POST: "update", DELETE: "delete" }[request.method] ?? "sudo";
      return policy[path]?.includes(needed) ? answer(vault, request) : DENIED;
    },
  };
  return vault;
}

function answer(vault: FakeVault, { segments, method, body }: ServiceRequest): ServiceReply {
  const [, , part, ...name] = segments;
  const key = name.join("/");
  if (part === "data") return method === "GET" ? read(vault, key) : write(vault, key, body);
  vault.secrets.delete(key);
  return { status: 204 };
}

function capabilities({ body }: ServiceRequest, policy: Readonly<Record<string, readonly string[]>>): ServiceReply {
  const { paths } = body as { paths: string[] };
  const data = Object.fromEntries(paths.map((path) => [path, policy[path] ?? ["deny"]]));
  return { body: { ...data, data, request_id: "1", warnings: null } };
}

function mount(path: string): ServiceReply {
  const version = { secret: "2", old: "1" }[path];
  if (version === undefined)
    return {
      ...DENIED,
      body: {
        errors: [
          `preflight capability check returned 403, please ensure client's policies grant access to path "${path}/"`,
        ],
      },
    };
  return { body: { data: { type: "kv", path: `${path}/`, options: { version } } } };
}

function read({ secrets }: FakeVault, key: string): ServiceReply {
  const versions = secrets.get(key) ?? [];
  const newest = versions.at(-1);
  if (newest === undefined) return NONE;
  const metadata = {
    version: versions.length,
    destroyed: false,
    deletion_time: newest.isDeleted ? "2026-11-29T00:00:00Z" : "",
  };
  if (newest.isDeleted) return { status: 404, body: { data: { data: null, metadata } } };
  return { body: { data: { data: newest.data, metadata } } };
}

function write(vault: FakeVault, key: string, body: unknown): ServiceReply {
  vault.beforeWrite();
  const { options, data } = body as { options: { cas?: number }; data: Readonly<Record<string, unknown>> };
  const versions = vault.secrets.get(key) ?? [];
  if (options.cas === undefined)
    return { status: 400, body: { errors: ["check-and-set parameter required for this call"] } };
  if (options.cas !== versions.length) {
    return { status: 400, body: { errors: ["check-and-set parameter did not match the current version"] } };
  }
  vault.secrets.set(key, [...versions, { data, isDeleted: false }]);
  return { body: { data: { version: versions.length + 1, destroyed: false } } };
}
