import type { FastifyInstance, FastifyLoggerOptions, FastifyRequest } from "fastify";
import { visible } from "xtremepush-access/text";
import { findKnownActor } from "./authorization";
import { isHealthCheck } from "./limits";
import type { LogSettings } from "./log-settings";

/** The logger's settings: one JSON line for each event, with nothing from the caller but the path. */
export function loggerOptions(settings: LogSettings): FastifyLoggerOptions {
  return {
    level: settings.level,
    serializers: { err: serializeError },
    ...(settings.stream && { stream: settings.stream }),
  };
}

/** Why an OAuth endpoint refused a client. */
export interface Refusal {
  /** The ID that the request claims, as it came; null when it claims none. */
  readonly client: string | null;
  /** The code of the answer. */
  readonly error: string;
  /** The reason, which the answer may keep to itself. */
  readonly reason: string;
}

/** Lets the line of a request say that a client was refused, and why. */
export function logRefusal(request: FastifyRequest, refusal: Refusal): void {
  refusals.set(request, refusal);
}

const refusals = new WeakMap<FastifyRequest, Refusal>();

/** What a gateway asks for again every few seconds for as long as it runs. */
const HEARTBEATS: readonly (string | undefined)[] = ["/v1/access/changes", "/v1/access/use"];

/** Writes one line for each answered request: a refused client is a warning, and what is asked for all the time and succeeds is for debugging. */
export function logRequests(app: FastifyInstance): void {
  app.addHook("onResponse", async (request, reply) => {
    const line = {
      method: request.method,
      route: request.routeOptions.url ?? null,
      path: redactPath(request.url),
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      actor: findKnownActor(request)?.id ?? null,
    };
    const refusal = refusals.get(request);
    if (refusal !== undefined) {
      request.log.warn({ ...line, ...refusedFields(request, refusal) }, "refused a client");
      return;
    }
    const isRoutine = isHealthCheck(request.url) || HEARTBEATS.includes(request.routeOptions.url);
    request.log[isRoutine && reply.statusCode < 400 ? "debug" : "info"](line, "answered");
  });
}

/** Longer than a client ID, and shorter than an assertion that was sent in its place. */
const CLIENT_MAX = 60;
/** An address of IPv6 has at most 45 characters; a trusted proxy can forward anything. */
const ADDRESS_MAX = 60;
const REASON_MAX = 300;

function refusedFields({ ip }: FastifyRequest, { client, error, reason }: Refusal) {
  return {
    client: client === null ? null : visible(redactSecrets(client), CLIENT_MAX),
    address: visible(ip, ADDRESS_MAX),
    error,
    reason: visible(redactSecrets(reason), REASON_MAX),
  };
}

/** Drivers attach the statement and its values to their errors; only these four fields are safe to log. */
function serializeError(error: Error & { code?: unknown }) {
  const { name, message, stack, code } = error;
  return { type: name, message, stack: stack ?? "", code };
}

/** Removes the query string and the end of what looks like a secret, and escapes all but printable ASCII. */
function redactPath(url: string): string {
  const [path = ""] = url.split("?", 1);
  const printable = path
    // A request in the form for proxies starts with a host, perhaps after a user name.
    .replace(/^[a-z]+:\/\/[^/]*/i, "")
    .replace(/[^\x21-\x7e]/g, (character) => `%u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return redactSecrets(printable).slice(0, 500);
}

function redactSecrets(text: string): string {
  return text.replace(/(xpcs|xpat)_[0-9A-Za-z]+/g, "$1_…");
}
