import type { FastifyInstance } from "fastify";
import { ProblemError } from "../failures/problems";

/** Maximum size of a body of the management API: ten public keys of 20,000 characters and all other fields of a client fit. */
export const JSON_BODY_MAX = 256 * 1024;
/** Maximum number of values in a body; a request has at most 1,000 projects. The schemas would read every value of a larger one. */
const VALUES_MAX = 2_000;

/**
 * Parses JSON bodies. Limits the work that a body causes, and refuses bytes that are not UTF-8, which Fastify's own parser
 * replaces with U+FFFD.
 */
export function readJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeContentTypeParser("application/json");
  app.addContentTypeParser<Buffer>("application/json", { parseAs: "buffer" }, (request, body, done) => {
    const text = decode(body);
    if (text === null) done(new ProblemError("validation_failed", "the body is not valid UTF-8; send JSON as UTF-8"));
    else if (hasTooMany(body)) {
      done(new ProblemError("payload_too_large", `the body has more than ${VALUES_MAX} values; send less`));
    } else void parse(request, text, done);
  });
}

function decode(body: Buffer): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

const [QUOTE, BACKSLASH, COMMA, BRACKET, BRACE] = Buffer.from('"\\,[{');

/** Counts the commas and opening brackets outside of strings: each is before a value, a member or a level. */
function hasTooMany(json: Buffer): boolean {
  let count = 0;
  for (let index = 0; index < json.length; index += 1) {
    const byte = json[index];
    if (byte === QUOTE) index = endOfString(json, index);
    else if (byte === COMMA || byte === BRACKET || byte === BRACE) count += 1;
    if (count > VALUES_MAX) return true;
  }
  return false;
}

function endOfString(json: Buffer, start: number): number {
  for (let index = start + 1; index < json.length; index += 1) {
    if (json[index] === BACKSLASH) index += 1;
    else if (json[index] === QUOTE) return index;
  }
  return json.length;
}
