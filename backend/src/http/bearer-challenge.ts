import type { FastifyInstance } from "fastify";
import { ProblemError } from "../failures/problems";
import { errorDescription } from "./error-description";

const WELL_KNOWN = "/.well-known/oauth-protected-resource";

/**
 * Where the metadata of a protected resource is: the well-known part comes between its host and its path.
 * https://www.rfc-editor.org/rfc/rfc9728#section-3.1
 */
export function resourceMetadataUrl(resource: string): string {
  const { origin, pathname } = new URL(resource);
  return `${origin}${WELL_KNOWN}${pathname.replace(/\/+$/, "")}`;
}

/**
 * Names in each 401 and 403 what is wrong with the token, as RFC 6750, section 3, says, and where the API is described
 * (RFC 9728). There is no `scope`: an actor has a role.
 */
export function challengeBearers(app: FastifyInstance, issuer: string): void {
  app.addHook("onError", async (request, reply, error) => {
    if (!(error instanceof ProblemError)) return;
    const code = codeOf(error, request.headers.authorization);
    if (code === null) return;
    const parts = ['realm="xtremepush-access"', `resource_metadata="${resourceMetadataUrl(issuer)}"`];
    // Of a request that shows no token, the RFC asks for no error.
    if (code !== undefined) parts.push(`error="${code}"`, `error_description="${errorDescription(error.message)}"`);
    reply.header("www-authenticate", `Bearer ${parts.join(", ")}`);
  });
}

/** Undefined of a request without a token, null of any other problem. */
function codeOf({ code }: ProblemError, authorization: string | undefined): string | undefined | null {
  if (code === "forbidden") return "insufficient_scope";
  if (code !== "unauthenticated") return null;
  return /^bearer /i.test(authorization ?? "") ? "invalid_token" : undefined;
}
