import { AccessClient } from "xtremepush-access";
import { API_CLIENT } from "../../../provider/src/dynamic/api-client/resource";
import type { Patience } from "../../../provider/src/dynamic/run/hand-overs";
import { handlerOf } from "../../../provider/src/dynamic/run/resource";
import { Session } from "../../../provider/src/dynamic/run/session";
import type { Handler, Properties } from "../../../provider/src/dynamic/run/wire";
import { SCOPE_GRANT } from "../../../provider/src/dynamic/scope-grant/resource";
import { startTestBackend, type TestBackend, type TestBackendOptions } from "../backend/backend";

/** The text that the classes send with each resource. */
export const PROVIDER_TEXT = "exports.handler = () => {}";

/** The handlers as one provider process has them. */
export interface Handlers {
  readonly apiClient: Handler;
  readonly scopeGrant: Handler;
  readonly warnings: readonly string[];
  /** The lines about who gains and loses which permissions. */
  readonly lines: readonly string[];
}

/** Handlers with this environment and stack configuration, which wait for a name a moment only. */
export async function openHandlers(
  environment: Readonly<Record<string, string>>,
  configuration: Readonly<Record<string, string>> = {},
  patience: Patience = { absent: 50, stuck: 50, total: 60_000 },
): Promise<Handlers> {
  const warnings: string[] = [];
  const lines: string[] = [];
  const log = {
    warn: async (message: string) => void warnings.push(message),
    inform: async (message: string) => void lines.push(message),
  };
  const session = new Session(environment, log, patience);
  const [apiClient, scopeGrant] = [handlerOf(session, API_CLIENT), handlerOf(session, SCOPE_GRANT)];
  const handlers = { apiClient, scopeGrant, warnings, lines };
  await handlers.apiClient.configure({ config: { get: (key) => configuration[key] } });
  return handlers;
}

/** A backend with the projects `acme` and `beta`, an editor of `acme`, and what a provider needs to reach it. */
export interface ProviderBackend extends TestBackend {
  readonly environment: Readonly<Record<string, string>>;
  readonly admin: AccessClient;
}

export async function startProviderBackend(options: TestBackendOptions = {}): Promise<ProviderBackend> {
  const backend = await startTestBackend(options);
  const { endpoint, adminToken } = backend;
  const admin = new AccessClient({ endpoint, token: adminToken });
  await admin.projects.create({ slug: "acme" });
  await admin.projects.create({ slug: "beta" });
  const token = await backend.makeActor("editor", ["acme"], { name: "pipeline" });
  const environment = { XTREMEPUSH_ENDPOINT: endpoint, XTREMEPUSH_PROJECT: "acme", XTREMEPUSH_TOKEN: token };
  return { ...backend, environment, admin };
}

/** The outputs of a handler as the engine keeps them: a secret is a plain value for the handlers. */
export function stateOf(outs: Properties): Properties {
  const { clientSecret, ...rest } = outs;
  const plain = typeof clientSecret === "object" && clientSecret !== null && "value" in clientSecret;
  return { ...rest, ...("clientSecret" in outs && { clientSecret: plain ? clientSecret.value : null }) };
}
