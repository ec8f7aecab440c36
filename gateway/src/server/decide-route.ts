import type { IncomingMessage } from "node:http";
import type { Permission } from "xtremepush-access";
import { amountOf, readBody } from "../decide/body";
import type { Decider } from "../decide/decider";
import { type Endpoint, permissionsOf } from "../decide/endpoints";
import { Refusal } from "../decide/refusal";
import type { Token } from "../decide/tokens";
import type { Limits } from "../file/gateway-file";
import { type ExternalApi, readBytes } from "./external-api";

/** Where proxies write the address and the method of the call that they ask about. */
const ADDRESS_HEADERS = ["x-original-uri", "x-forwarded-uri", "x-original-url"] as const;
const METHOD_HEADERS = ["x-original-method", "x-forwarded-method"] as const;

/** A call that a proxy in front may let through. */
export interface Decision {
  readonly token: Token;
  readonly endpoint: Endpoint;
  readonly permissions: readonly Permission[];
}

/**
 * Decides for a proxy in front, which names the call in headers. A proxy that sends no body cannot tell one item from many: such a
 * call needs both permissions.
 */
export async function decideFor(
  request: IncomingMessage,
  { api, decider, limits }: { readonly api: ExternalApi; readonly decider: Decider; readonly limits: Limits },
): Promise<Decision | Refusal> {
  const address = single(request, ADDRESS_HEADERS);
  const method = single(request, METHOD_HEADERS);
  if (address === null || method === null) return new Refusal("invalid_request", "two headers name different calls");
  if (address === "") return new Refusal("invalid_request", `name the call in ${ADDRESS_HEADERS.join(" or ")}`);
  if (method !== "" && method !== "POST") {
    return new Refusal("method_not_allowed", "every call of the External API is a POST", {
      headers: { allow: "POST" },
    });
  }
  if (address.includes("?")) return new Refusal("invalid_request", "a call has no query");
  const token = await decider.caller(request.headers.authorization);
  if (token instanceof Refusal) return token;
  const endpoint = api.endpointOf(address);
  if (endpoint instanceof Refusal) return endpoint;
  const permissions = await neededBy(request, endpoint, limits);
  if (permissions instanceof Refusal) return permissions;
  const refused = api.permit(token, endpoint, permissions);
  if (refused !== null) return refused;
  api.countAllowed(token, permissions);
  return { token, endpoint, permissions };
}

/** The value that some headers agree on; empty without any, null when they differ. */
function single({ headers }: IncomingMessage, names: readonly string[]): string | null {
  const values = new Set(names.flatMap((name) => headers[name] ?? []));
  if (values.size > 1) return null;
  return [...values][0] ?? "";
}

async function neededBy(
  request: IncomingMessage,
  endpoint: Endpoint,
  limits: Limits,
): Promise<readonly Permission[] | Refusal> {
  const { needs } = endpoint;
  // A GET of nginx has the length of a body that never comes.
  if (typeof needs === "string" || request.method !== "POST") return permissionsOf(endpoint);
  const bytes = await readBytes(request, limits.body);
  if (bytes instanceof Refusal) return bytes;
  if (bytes.length === 0) return permissionsOf(endpoint);
  const body = readBody(bytes, limits.depth);
  if (typeof body === "string") return new Refusal("invalid_request", body);
  const amount = amountOf(body, needs);
  return typeof amount === "string" ? [needs[amount]] : new Refusal("invalid_request", amount.problem);
}
