import type { FastifyInstance, HTTPMethods } from "fastify";
import { ProblemError } from "../failures/problems";

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] as const satisfies readonly HTTPMethods[];

/**
 * Makes every address answer 405 to the methods that it does not accept.
 *
 * Call it before the routes are registered, and the function that it returns after the last one.
 */
export function answerMethodNotAllowed(app: FastifyInstance): () => void {
  const taken = new Map<string, Set<string>>();
  app.addHook("onRoute", ({ url, method }) => {
    const methods = taken.get(url) ?? new Set();
    for (const one of [method].flat()) methods.add(one);
    taken.set(url, methods);
  });
  return () => {
    for (const [url, methods] of [...taken]) refuse(app, url, methods);
  };
}

function refuse(app: FastifyInstance, url: string, taken: ReadonlySet<string>): void {
  const allowed = METHODS.filter((method) => taken.has(method)).join(", ");
  const others = METHODS.filter((method) => !taken.has(method));
  // The pages of /docs are another package's, and it registers some of them under two names.
  if (others.length === 0 || url.startsWith("/docs")) return;
  const refused = async () => {
    throw new ProblemError("method_not_allowed", `this address takes ${allowed}`, { headers: { allow: allowed } });
  };
  app.route({
    method: [...others],
    url,
    onRequest: refused,
    handler: refused,
    schema: { hide: true },
    exposeHeadRoute: false,
  });
}
