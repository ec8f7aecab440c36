import { AccessClient, AccessError, actorToken, idTokenSource } from "xtremepush-access";
import type { Actor } from "xtremepush-access/schemas";
import { refusal } from "../environment-failure";

/** Who this process is to a backend. */
export interface WhoamiResult {
  readonly endpoint: string;
  readonly from: "token" | "pipeline";
  /** Null when no actor trusts the pipeline's ID token. */
  readonly actor: Actor | null;
  /** What the ID token says; null unless it was asked for, and for an actor with a token of its own. */
  readonly claims: Readonly<Record<string, unknown>> | null;
  /** Why there is no actor: each rule for this repository or project, and the first claim that differs. */
  readonly refused: string | null;
}

export interface WhoamiOptions {
  readonly endpoint: string | undefined;
  readonly explain: boolean;
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * Asks the backend who the token of this process is.
 *
 * @throws EnvironmentFailure without an endpoint or a token; AccessError when the backend cannot be asked, or does not know the
 * token.
 */
export async function whoami({ explain, environment, ...options }: WhoamiOptions): Promise<WhoamiResult> {
  const endpoint = options.endpoint || environment["XTREMEPUSH_ENDPOINT"]?.trim();
  if (!endpoint) throw refusal("no backend is named: set XTREMEPUSH_ENDPOINT, or --endpoint");
  const token = actorToken({ endpoint, environment });
  if (token === undefined) {
    throw refusal("there is no token: set XTREMEPUSH_TOKEN, or, in a pipeline, XTREMEPUSH_OIDC to github or gitlab");
  }
  const from = typeof token === "string" ? "token" : "pipeline";
  const claims = explain && from === "pipeline" ? await ownClaims(endpoint, environment) : null;
  try {
    const actor = await new AccessClient({ endpoint, token, userAgent: "xtremepush-access-env" }).actors.own();
    return { endpoint, from, actor, claims, refused: null };
  } catch (error) {
    if (!(AccessError.is(error) && error.code === "invalid_grant")) throw error;
    return { endpoint, from, actor: null, claims, refused: error.detail };
  }
}

/** Of a token of its own, because an ID token is exchanged once. The backend verifies it; this only shows it. */
async function ownClaims(endpoint: string, environment: NodeJS.ProcessEnv): Promise<Record<string, unknown> | null> {
  const token = await idTokenSource(endpoint, environment)?.();
  const [, payload = ""] = token?.split(".") ?? [];
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString());
    return typeof claims === "object" && claims !== null ? { ...claims } : null;
  } catch {
    return null;
  }
}
