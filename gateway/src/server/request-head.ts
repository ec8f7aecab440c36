import type { IncomingMessage } from "node:http";
import { word } from "xtremepush-access/text";
import { Refusal } from "../decide/refusal";

/** Headers that must not be repeated: Node.js keeps the first one, and a proxy in front may keep the last. */
const SINGLE: ReadonlySet<string> = new Set(["authorization", "content-type", "content-encoding", "host"]);

/**
 * What is wrong with how a request says where its body ends. Node.js reads chunks of HTTP/1.0 and below other codings; a proxy in front
 * may read them in another way, and take a part of the body for the next request (RFC 9112, section 6.1).
 */
export function problemOfFraming({ httpVersion, headers }: IncomingMessage): Refusal | null {
  const coding = headers["transfer-encoding"];
  if (httpVersion !== "1.1" && httpVersion !== "1.0") return broken(`HTTP/${word(httpVersion, 10)} is not spoken here`);
  if (coding === undefined) return null;
  if (httpVersion === "1.0") return broken("HTTP/1.0 has no Transfer-Encoding");
  return /^chunked$/i.test(coding) ? null : broken("the only Transfer-Encoding is chunked");
}

function broken(detail: string): Refusal {
  return new Refusal("invalid_request", detail, { headers: { connection: "close" } });
}

/** What is wrong with the head of a request, before its body is read. */
export function problemOfHead({ rawHeaders, headers }: IncomingMessage): Refusal | null {
  const repeated = repeatedHeader(rawHeaders, SINGLE);
  if (repeated !== null) return new Refusal("invalid_request", `the header ${repeated} is there more than once`);
  const coding = headers["content-encoding"];
  if (coding !== undefined && !/^\s*identity\s*$/i.test(coding)) {
    return unsupported(`the body is encoded (Content-Encoding: ${word(coding, 50)}); send it without an encoding`);
  }
  return null;
}

/** What is wrong with the type of a body. */
export function problemOfType({ headers }: IncomingMessage): Refusal | null {
  const type = headers["content-type"] ?? "";
  if (/^application\/json\s*(?:;\s*charset="?utf-8"?\s*)?$/i.test(type)) return null;
  return unsupported("the body must be JSON in UTF-8; set Content-Type: application/json");
}

function unsupported(detail: string): Refusal {
  return new Refusal("unsupported_media_type", detail, { headers: { "accept-encoding": "identity" } });
}

/** The first of some headers that is there more than once; null without one. */
export function repeatedHeader(rawHeaders: readonly string[], single: ReadonlySet<string>): string | null {
  const seen = new Set<string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? "";
    if (!single.has(name)) continue;
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return null;
}
