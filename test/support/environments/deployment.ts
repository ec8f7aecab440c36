import { RESOURCE_TYPES, SECRET_KEY, SECRET_MARK, STACK_TYPE } from "pulumi-xtremepush/protocol";

interface DeploymentParts {
  readonly name: string;
  /** Null for a client without a secret. */
  readonly secret: string | null;
  /** @default xpc_crm */
  readonly clientId?: string;
  /** The owner that the program declares. */
  readonly managedBy?: string;
  /** @default 1, and 0 without a secret */
  readonly secretVersion?: number;
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly permissions?: readonly string[];
  /** The kinds of the operations that a run which died left behind. */
  readonly pending?: readonly string[];
}

/** The `deployment` of `pulumi stack export --show-secrets` with one client and its grant. */
export function deploymentOf(parts: DeploymentParts): unknown {
  const { name, secret, outputs = {}, permissions = [], pending = [], clientId = "xpc_crm", managedBy } = parts;
  const { secretVersion = secret === null ? 0 : 1 } = parts;
  const urn = (type: string) => `urn:pulumi:dev::programs::${type}::crm`;
  const shown = secret && { [SECRET_KEY]: SECRET_MARK, plaintext: JSON.stringify(secret) };
  const facts = { project: "acme", backendId: "b", revision: 1 };
  return {
    manifest: { time: "2026-11-29T00:00:00Z" },
    resources: [
      { urn: "urn:pulumi:dev::programs::pulumi:pulumi:Stack::programs-dev", type: STACK_TYPE, outputs },
      {
        urn: urn(RESOURCE_TYPES.apiClient.token),
        type: RESOURCE_TYPES.apiClient.token,
        id: clientId,
        inputs: { name, secretVersion, managedBy },
        outputs: { ...facts, name, secretVersion, clientId, clientSecret: shown },
      },
      {
        urn: urn(RESOURCE_TYPES.scopeGrant.token),
        type: RESOURCE_TYPES.scopeGrant.token,
        id: "xpc_crm",
        inputs: { client: "xpc_crm", permissions: Object.fromEntries(permissions.map((id) => [id, true])) },
        outputs: { ...facts, client: "xpc_crm" },
      },
    ],
    pending_operations: pending.map((type) => ({ type, resource: { urn: urn(RESOURCE_TYPES.apiClient.token) } })),
  };
}
