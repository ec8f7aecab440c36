import type { FastifyInstance, FastifyRequest } from "fastify";
import { word } from "xtremepush-access/text";
import { ProblemError } from "../failures/problems";

/** Headers that a request must not repeat: Node.js keeps the first one, and a proxy in front may keep the last. */
const SINGLE: ReadonlySet<string> = new Set(["authorization", "content-type", "host"]);

/** Refuses requests with an ambiguous head, or with a body in a coding that the backend does not read. */
export function checkHeads(app: FastifyInstance): void {
  app.addHook("onRequest", async (request) => {
    assertSingleHeaders(request);
    assertPlainBody(request);
    assertReadableQuery(request);
  });
}

function assertSingleHeaders({ raw: { rawHeaders } }: FastifyRequest): void {
  const seen = new Set<string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? "";
    if (!SINGLE.has(name)) continue;
    if (seen.has(name)) throw refused(name, "is there more than once; send it once");
    seen.add(name);
  }
}

/** RFC 9110, section 8.4: the answer to an unsupported coding is 415 with the supported ones. */
function assertPlainBody({ headers }: FastifyRequest): void {
  const coding = headers["content-encoding"];
  if (coding === undefined || /^\s*identity\s*$/i.test(coding)) return;
  throw new ProblemError(
    "unsupported_media_type",
    `the body is encoded (Content-Encoding: ${word(coding, 50)}); send it without an encoding`,
    { headers: { "accept-encoding": "identity" } },
  );
}

function assertReadableQuery({ url }: FastifyRequest): void {
  const start = url.indexOf("?");
  if (start === -1 || !url.includes("%", start)) return;
  try {
    decodeURIComponent(url.slice(start));
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw refused("query", "is not percent-encoded UTF-8; encode each value, and % itself as %25");
  }
}

function refused(field: string, message: string): ProblemError {
  return new ProblemError("validation_failed", `${field} ${message}`, { errors: [{ field, message }] });
}
