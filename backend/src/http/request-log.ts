import type { FastifyInstance, FastifyLoggerOptions } from "fastify";
import { findKnownActor } from "./authorization";

export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;

/** Where the log goes and how much of it. */
export interface LogSettings {
  readonly level: (typeof LOG_LEVELS)[number];
  readonly stream?: { write(line: string): void };
}

/** The logger's settings: one JSON line an event, without anything that a caller sent but the path. */
export function loggerOptions(settings: LogSettings): FastifyLoggerOptions {
  return {
    level: settings.level,
    serializers: { err: serializeError },
    ...(settings.stream && { stream: settings.stream }),
  };
}

/** Writes one line for every request that was answered. */
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

/** Drivers hang the statement and its values on their errors; only these four are safe to write down. */
function serializeError(error: Error & { code?: unknown }) {
  const { name, message, stack, code } = error;
  return { type: name, message, stack: stack ?? "", code };
}

/** Without the query string, with anything that looks like a secret cut, and nothing but printable ASCII. */
function redactPath(url: string): string {
  const [path = ""] = url.split("?", 1);
  return (
    path
      // A request in the form for proxies starts with a host, and a user may stand before it.
      .replace(/^[a-z]+:\/\/[^/]*/i, "")
      .replace(/[^\x21-\x7e]/g, (character) => `%u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)
      .replace(/(xpcs|xpat)_[0-9A-Za-z]*/g, "$1_…")
      .slice(0, 500)
  );
}
