import type { FastifyInstance, FastifyLoggerOptions } from "fastify";
import { findKnownActor } from "./authorization";
import type { LogSettings } from "./log-settings";

/** The logger's settings: one JSON line for each event, with nothing from the caller but the path. */
export function loggerOptions(settings: LogSettings): FastifyLoggerOptions {
  return {
    level: settings.level,
    serializers: { err: serializeError },
    ...(settings.stream && { stream: settings.stream }),
  };
}

/** Writes one line for each answered request. */
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
    request.log.info(line, "answered");
  });
}

/** Drivers attach the statement and its values to their errors; only these four fields are safe to log. */
function serializeError(error: Error & { code?: unknown }) {
  const { name, message, stack, code } = error;
  return { type: name, message, stack: stack ?? "", code };
}

/** Removes the query string and the end of what looks like a secret, and escapes all but printable ASCII. */
function redactPath(url: string): string {
  const [path = ""] = url.split("?", 1);
  return (
    path
      // A request in the form for proxies starts with a host, perhaps after a user name.
      .replace(/^[a-z]+:\/\/[^/]*/i, "")
      .replace(/[^\x21-\x7e]/g, (character) => `%u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)
      .replace(/(xpcs|xpat)_[0-9A-Za-z]*/g, "$1_…")
      .slice(0, 500)
  );
}
