import type { IncomingHttpHeaders } from "node:http";

/** What of a caller's headers goes on: nothing that could change where a call goes, how its body is read, or whose it is. */
const SENT_ON = ["accept", "accept-language", "user-agent", "x-request-id", "traceparent", "tracestate"] as const;

/** The headers of a call to the External API. */
export function sentHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  // Without a coding, so that a credential in an answer is found.
  const sent: Record<string, string> = { "content-type": "application/json", "accept-encoding": "identity" };
  for (const name of SENT_ON) {
    const value = headers[name];
    if (typeof value === "string") sent[name] = value;
  }
  return sent;
}

/**
 * Headers of an answer that are about one connection (RFC 9110, section 7.6.1), and cookies: the session behind one may be the
 * credential's.
 */
const KEPT_BACK: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authentication-info",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "set-cookie",
  "set-cookie2",
  "alt-svc",
]);

type Values = Readonly<Record<string, string | string[] | undefined>>;

/** The headers of an answer that go to the caller; those with a secret do not. */
export function answerHeaders(
  headers: Values,
  hasSecret: (text: string) => boolean,
): Record<string, string | string[]> {
  const named = namedBy(headers["connection"]);
  const kept: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || KEPT_BACK.has(name) || named.includes(name)) continue;
    if (typeof value === "string" ? hasSecret(value) : value.some(hasSecret)) continue;
    kept[name] = value;
  }
  return kept;
}

/** The other headers that are about the connection, by the header Connection. */
function namedBy(connection: string | string[] | undefined): readonly string[] {
  if (connection === undefined || connection === "keep-alive" || connection === "close") return [];
  return String(connection)
    .toLowerCase()
    .split(/[\s,]+/);
}
