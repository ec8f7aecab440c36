import { z } from "zod";
import { freeze } from "../catalog/freeze";
import type { ExchangeAnswer } from "../schemas/trust";
import { AccessClient, type AccessClientOptions } from "./access-client";
import { SYSTEM_CLOCK } from "./clock";
import { AccessError, AuthenticationError } from "./errors";
import { hasDoneNothing, retryDelay } from "./retry";

/** The variables that say where the ID token of a pipeline comes from. */
export const PIPELINE_VARIABLES = freeze({
  /** `github` or `gitlab`. */
  from: "XTREMEPUSH_OIDC",
  /** The audience of the ID token. Without it, it is the endpoint. */
  audience: "XTREMEPUSH_OIDC_AUDIENCE",
  /** The ID token of a GitLab job. */
  idToken: "XTREMEPUSH_ID_TOKEN",
});

/** How long GitHub may take to answer. */
const TIMEOUT_MS = 10_000;
const ATTEMPTS = 3;

/** Where a pipeline runs, and for which backend it needs a token. */
export interface PipelineTokenOptions {
  /** The backend's address. */
  readonly endpoint: string;
  /** @default process.env */
  readonly environment?: NodeJS.ProcessEnv;
}

/** A token for each call, the same one until it nears its end. */
type TokenSource = () => Promise<string>;

/**
 * Gives the tokens of a pipeline that has its own identity: it exchanges the ID token of the pipeline at the backend, keeps the
 * answer in memory, and renews it before its end.
 *
 * `XTREMEPUSH_OIDC` says where the ID token comes from: `github` asks GitHub Actions for one, for which the job needs
 * `permissions: id-token: write`; `gitlab` takes the one in `XTREMEPUSH_ID_TOKEN`, which `id_tokens` of the job sets.
 *
 * @returns undefined when `XTREMEPUSH_OIDC` is not set.
 * @throws AuthenticationError when it has another value. The function that is returned rejects with it when there is no ID
 * token, and with OAuthError when no actor trusts it.
 * @example
 * ```ts
 * const endpoint = "https://access.example.com";
 * const access = new AccessClient({ endpoint, token: pipelineToken({ endpoint }) });
 * ```
 */
export function pipelineToken({ endpoint, environment = process.env }: PipelineTokenOptions): TokenSource | undefined {
  const idToken = idTokenSource(endpoint, environment);
  if (idToken === undefined) return undefined;
  // A GitLab job has one ID token, which works once.
  const attempts = environment[PIPELINE_VARIABLES.from]?.trim() === "github" ? ATTEMPTS : 1;
  return remembered(endpoint, environment, () => renewed(endpoint, idToken, attempts));
}

/**
 * Finds an actor's token as all tools of this project do: the one in `XTREMEPUSH_TOKEN`, else that of `pipelineToken`.
 *
 * @returns undefined when neither is set.
 * @throws AuthenticationError as `pipelineToken` does.
 */
export function actorToken({
  endpoint,
  environment = process.env,
}: PipelineTokenOptions): AccessClientOptions["token"] {
  return environment["XTREMEPUSH_TOKEN"]?.trim() || pipelineToken({ endpoint, environment });
}

/** All clients of a process share a token: GitLab gives a job one ID token, and each exchange takes a request. */
const sources = new WeakMap<NodeJS.ProcessEnv, Map<string, TokenSource>>();

function remembered(endpoint: string, environment: NodeJS.ProcessEnv, make: () => TokenSource): TokenSource {
  const known = sources.get(environment) ?? new Map<string, TokenSource>();
  sources.set(environment, known);
  const source = known.get(endpoint) ?? make();
  known.set(endpoint, source);
  return source;
}

/** A part of its life after which a token is renewed, while it still works. */
const RENEWED_AT = 0.75;
/** How long a renewal that failed is not tried again while the token still works. */
const PAUSE_MS = 10_000;

function renewed(endpoint: string, idToken: TokenSource, attempts: number): TokenSource {
  const access = new AccessClient({ endpoint });
  // By the clock of the day, because another one stands still while a machine sleeps.
  let current: { readonly token: string; renewTime: number; readonly endTime: number } | null = null;
  let renewal: Promise<string> | null = null;
  const renew = async (): Promise<string> => {
    const { access_token: token, expires_in } = await exchanged(access, idToken, attempts);
    const lifeMs = expires_in * 1_000;
    current = { token, renewTime: Date.now() + lifeMs * RENEWED_AT, endTime: Date.now() + lifeMs };
    return token;
  };
  return async () => {
    if (current !== null && Date.now() < current.renewTime) return current.token;
    renewal ??= renew().finally(() => {
      renewal = null;
    });
    try {
      return await renewal;
    } catch (error) {
      if (current === null || Date.now() >= current.endTime) throw error;
      current.renewTime = Date.now() + PAUSE_MS;
      return current.token;
    }
  };
}

/** The backend may have taken an ID token whose answer was lost, so each attempt has its own. */
async function exchanged(access: AccessClient, idToken: TokenSource, attempts: number): Promise<ExchangeAnswer> {
  for (let number = 0; ; number += 1) {
    const token = await idToken();
    try {
      return await access.oauth.exchange(token);
    } catch (error) {
      // What has done nothing, the call itself has already tried again.
      if (!AccessError.is(error) || hasDoneNothing(error)) throw error;
      const asked = { number, maxRetries: attempts - 1, repeatable: true, garbled: false };
      const delayMs = retryDelay(error, asked, SYSTEM_CLOCK);
      if (delayMs === undefined) throw error;
      await SYSTEM_CLOCK.sleep(delayMs, undefined);
    }
  }
}

/**
 * Gives the ID tokens of a pipeline, for who wants to look at them; undefined when `XTREMEPUSH_OIDC` is not set.
 *
 * @throws AuthenticationError as `pipelineToken` does.
 */
export function idTokenSource(endpoint: string, environment: NodeJS.ProcessEnv): TokenSource | undefined {
  const from = environment[PIPELINE_VARIABLES.from]?.trim();
  if (!from) return undefined;
  const audience = environment[PIPELINE_VARIABLES.audience]?.trim() || endpoint;
  if (from === "github") return () => githubIdToken(audience, environment);
  if (from === "gitlab") return () => gitlabIdToken(environment);
  throw refused(`${PIPELINE_VARIABLES.from} must be github or gitlab`);
}

async function gitlabIdToken(environment: NodeJS.ProcessEnv): Promise<string> {
  const token = environment[PIPELINE_VARIABLES.idToken]?.trim();
  if (token) return token;
  throw refused(`the job has no ID token: set ${PIPELINE_VARIABLES.idToken} with id_tokens in .gitlab-ci.yml`);
}

const GithubAnswer = z.looseObject({ value: z.string().min(1) });

/** https://docs.github.com/actions/reference/security/oidc */
async function githubIdToken(audience: string, environment: NodeJS.ProcessEnv): Promise<string> {
  const url = environment["ACTIONS_ID_TOKEN_REQUEST_URL"];
  const token = environment["ACTIONS_ID_TOKEN_REQUEST_TOKEN"];
  if (!url || !token || !URL.canParse(url)) {
    throw refused(
      "the job gets no ID token: it needs `permissions: id-token: write`, which a pull request from a fork never has",
    );
  }
  const asked = new URL(url);
  asked.searchParams.set("audience", audience);
  for (let attempt = 1; ; attempt += 1) {
    const answer = await askGithub(asked, token);
    if (typeof answer === "string") return answer;
    if (answer.isFinal || attempt === ATTEMPTS) throw refused(`GitHub gave no ID token: ${answer.why}`);
  }
}

async function askGithub(
  url: URL,
  token: string,
): Promise<string | { readonly why: string; readonly isFinal: boolean }> {
  try {
    const headers = { authorization: `Bearer ${token}`, accept: "application/json" };
    const answer = await fetch(url, { headers, redirect: "error", signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!answer.ok) return { why: `it answered ${answer.status}`, isFinal: answer.status < 500 };
    const read = GithubAnswer.safeParse(await answer.json());
    return read.success ? read.data.value : { why: "its answer has none", isFinal: true };
  } catch (error) {
    // The message of fetch says nothing more, and its cause may repeat the address.
    return {
      why: error instanceof Error && error.name === "TimeoutError" ? "it did not answer" : "it cannot be reached",
      isFinal: false,
    };
  }
}

function refused(detail: string): AuthenticationError {
  return new AuthenticationError(detail, { code: "unauthenticated", detail });
}
