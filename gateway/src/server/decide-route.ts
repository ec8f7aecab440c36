import type { IncomingMessage } from "node:http";
import type { Permission } from "xtremepush-access";
import { readBody } from "../decide/body";
import type { Decider } from "../decide/decider";
import { type Endpoint, permissionsOf } from "../decide/endpoints";
import { Refusal } from "../decide/refusal";
import type { Token } from "../decide/tokens";
import type { Limits } from "../file/gateway-file";
import { type ExternalApi, failureOf, neededFor, readBytes } from "./external-api";
import { problemOfHead, problemOfType, repeatedHeader } from "./request-head";

/** What a proxy asks at; it may put the address of the call behind it, as Envoy does. */
export const DECIDE_PATH = "/v1/decide";

/** Where proxies write the address and the method of the call that they ask about. */
const ADDRESS_HEADERS = ["x-original-uri", "x-forwarded-uri", "x-original-url"] as const;
const METHOD_HEADERS = ["x-original-method", "x-forwarded-method"] as const;
/** A proxy that adds its own to what a caller has sent must not be read as the caller wants. */
const SINGLE: ReadonlySet<string> = new Set(["authorization", ...ADDRESS_HEADERS, ...METHOD_HEADERS]);

/** A call that a proxy in front may let through. */
export interface Decision {
  readonly token: Token;
  readonly endpoint: Endpoint;
  readonly permissions: readonly Permission[];
  /** The headers that carry the vendor's credential. */
  readonly credential: Readonly<Record<string, string>>;
}

export interface DecideServices {
  readonly api: ExternalApi;
  readonly decider: Decider;
  readonly limits: Limits;
  readonly credentialOf: (project: string) => Promise<Decision["credential"]>;
}

/**
 * Decides for a proxy in front, which names the call in headers or behind the path. A proxy that sends no body cannot tell one
 * item from many: such a call needs both permissions.
 */
export async function decideFor(
  request: IncomingMessage,
  { api, decider, limits, credentialOf }: DecideServices,
): Promise<Decision | Refusal> {
  const repeated = repeatedHeader(request.rawHeaders, SINGLE);
  if (repeated !== null) return new Refusal("invalid_request", `the header ${repeated} is there more than once`);
  const behind = (request.url ?? "").slice(DECIDE_PATH.length);
  const address = single(request, ADDRESS_HEADERS, behind);
  const method = single(request, METHOD_HEADERS, behind === "" ? "" : request.method);
  if (address === null || method === null) return new Refusal("invalid_request", "two places name different calls");
  if (address === "") return new Refusal("invalid_request", `name the call in ${ADDRESS_HEADERS.join(" or ")}`);
  // Of a proxy that does not name it, a call that is no POST could reach the External API without a decision about it.
  if (method === "")
    return new Refusal("invalid_request", `name the method of the call in ${METHOD_HEADERS.join(" or ")}`);
  if (method !== "POST") {
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
  try {
    const credential = await credentialOf(token.project);
    // It may have waited for the vendor: what was taken away meanwhile is not let through.
    const late = api.permit(token, endpoint, permissions);
    if (late !== null) return late;
    api.countAllowed(token, permissions);
    return { token, endpoint, permissions, credential };
  } catch (error) {
    return failureOf(error);
  }
}

/** The value that some headers and the path agree on; empty without any, null when they differ. */
function single({ headers }: IncomingMessage, names: readonly string[], inPath = ""): string | null {
  const values = new Set([...names.flatMap((name) => headers[name] ?? []), ...(inPath === "" ? [] : [inPath])]);
  if (values.size > 1) return null;
  return [...values][0] ?? "";
}

async function neededBy(
  request: IncomingMessage,
  endpoint: Endpoint,
  limits: Limits,
): Promise<readonly Permission[] | Refusal> {
  const bytes = await bodyOf(request, endpoint, limits.body);
  if (bytes instanceof Refusal) return bytes;
  if (bytes.length === 0) return permissionsOf(endpoint);
  // The vendor may read what is no JSON, or is encoded, in another way.
  const unread = problemOfHead(request) ?? problemOfType(request);
  if (unread !== null) return unread;
  const body = readBody(bytes, limits.depth);
  if (typeof body === "string") return new Refusal("invalid_request", body);
  const needed = neededFor(endpoint, body);
  return needed instanceof Refusal ? needed : [needed];
}

/** How long the body of a GET may let wait for its first byte. */
const SILENCE_MS = 100;

/**
 * The body of the call, where the question has it. That of a GET may be there, as Traefik sends it, or never come, as nginx sends
 * only its length: waited for only where it decides.
 */
async function bodyOf(request: IncomingMessage, { needs }: Endpoint, max: number): Promise<Buffer | Refusal> {
  const { "content-length": length = "0", "transfer-encoding": coding } = request.headers;
  if (coding === undefined && Number(length) === 0) return Buffer.alloc(0);
  if (request.method === "POST" || coding !== undefined) return readBytes(request, max);
  if (typeof needs === "string") return Buffer.alloc(0);
  const { promise: silence, resolve } = Promise.withResolvers<Buffer>();
  const timer = setTimeout(() => resolve(Buffer.alloc(0)), SILENCE_MS);
  request.once("data", () => clearTimeout(timer));
  return Promise.race([readBytes(request, max), silence]);
}
