import { isLoopback } from "../text/loopback";
import { ValidationError } from "./errors";

/** The checked address of a backend. */
export interface Endpoint {
  /** Origin and path prefix, without a trailing slash. */
  readonly base: string;
  readonly loopback: boolean;
}

/**
 * Checks the address of a backend: `https:`, or `http:` only to this machine, because each request carries the token.
 *
 * @throws ValidationError that says what is wrong; it never repeats the address, which may contain a password.
 */
export function parseEndpoint(text: string): Endpoint {
  if (!URL.canParse(text)) throw refused("is not an absolute URL, such as https://access.example.com");
  const url = new URL(text);
  const loopback = isLoopback(url.hostname);
  if (url.protocol !== "https:" && url.protocol !== "http:")
    throw refused("must start with https:, or with http: for this machine");
  if (url.username !== "" || url.password !== "")
    throw refused("must not contain credentials; pass the token separately");
  if (url.search !== "" || url.hash !== "") throw refused("must not contain a query or a fragment");
  if (url.protocol === "http:" && !loopback) throw refused("must be https:, because http: is only for this machine");
  return { base: url.origin + url.pathname.replace(/\/+$/, ""), loopback };
}

function refused(why: string): ValidationError {
  const detail = `the endpoint ${why}`;
  return new ValidationError(`new AccessClient: ${detail}`, {
    code: "validation_failed",
    detail,
    errors: [{ field: "endpoint", message: why }],
  });
}
