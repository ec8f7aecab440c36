import { ValidationError } from "./errors";

/** The checked address of a backend. */
export interface Endpoint {
  /** Origin and path prefix, without a slash at the end. */
  readonly base: string;
  readonly loopback: boolean;
}

/**
 * Checks the address of a backend: `https:`, or `http:` to this machine only, because the token travels with each request.
 *
 * @throws ValidationError that says what is wrong; it never repeats the address, which may hold a password.
 */
export function parseEndpoint(text: string): Endpoint {
  if (!URL.canParse(text)) throw refused("is not an absolute URL, such as https://access.example.com");
  const url = new URL(text);
  const loopback = isLoopback(url.hostname);
  if (url.protocol !== "https:" && url.protocol !== "http:") throw refused("must begin with https:");
  if (url.username !== "" || url.password !== "") throw refused("must not hold credentials; give the token apart");
  if (url.search !== "" || url.hash !== "") throw refused("must not hold a query or a fragment");
  if (url.protocol === "http:" && !loopback) throw refused("must be https:, because http: is for this machine only");
  return { base: url.origin + url.pathname.replace(/\/+$/, ""), loopback };
}

/** The URL parser has already turned `127.1`, `0x7f.1` and `[0:0::1]` into these forms. */
function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

function refused(why: string): ValidationError {
  const detail = `the endpoint ${why}`;
  return new ValidationError(`new AccessClient: ${detail}`, {
    code: "validation_failed",
    detail,
    errors: [{ field: "endpoint", message: why }],
  });
}
