import { STATUS_CODES } from "node:http";
import { REFUSALS, type Refusal } from "../decide/refusal";

/** How refusals are written: as RFC 9457 problems, or in the vendor's envelope. */
export type Denials = "problem" | "vendor";

/** A refusal as it is sent. */
export interface Written {
  readonly type: string;
  readonly body: string;
}

/** Writes a refusal. */
export function writeRefusal(refusal: Refusal, requestId: string, denials: Denials): Written {
  const { code, detail, facts, status } = refusal;
  const { title } = REFUSALS[code];
  if (denials === "problem") {
    const problem = { type: `urn:xtremepush-access:problem:${code}`, title, status, code, detail, requestId, ...facts };
    return { type: "application/problem+json", body: JSON.stringify(problem) };
  }
  const envelope = { code: status, success: false, message: detail, errors: [{ code, ...facts }], requestId };
  return { type: "application/json", body: JSON.stringify(envelope) };
}

/** The longest body that is also put into a header; proxies limit the head of an answer. */
const IN_HEADER_MAX = 4_096;

/** A body as the value of a header, for a proxy that drops the bodies of refusals; null when it is too long. */
export function asHeader({ body }: Written): string | null {
  const text = body.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return text.length > IN_HEADER_MAX ? null : text;
}

/** A whole HTTP answer, for a connection that is not HTTP. */
export function rawAnswer(refusal: Refusal, requestId: string, denials: Denials): string {
  const { type, body } = writeRefusal(refusal, requestId, denials);
  const head = [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}`,
    `Content-Type: ${type}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
  ];
  return `${head.join("\r\n")}\r\n\r\n${body}`;
}
