import type { FastifyInstance } from "fastify";
import { ProblemError } from "../failures/problems";

/** Reads JSON bodies, and refuses what is not UTF-8: Fastify's own parser stores U+FFFD in its place. */
export function readJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeContentTypeParser("application/json");
  app.addContentTypeParser<Buffer>("application/json", { parseAs: "buffer" }, (request, body, done) => {
    const text = decode(body);
    if (text === null) done(new ProblemError("validation_failed", "the body is not valid UTF-8; send JSON as UTF-8"));
    else void parse(request, text, done);
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
