import { createHash } from "node:crypto";
import { z } from "zod";
import { ProblemError } from "../failures/problems";

/** The listing that a cursor belongs to: its route, its project and its filters. */
export type Listing = Readonly<Record<string, unknown>>;

/** Encodes the position at which a page ended. Callers send it back unchanged and must not parse it. */
export function encodeCursor(listing: Listing, position: readonly string[]): string {
  return Buffer.from(JSON.stringify([fingerprint(listing), ...position])).toString("base64url");
}

/** Decodes a cursor of this backend; null for none, which is the first page. */
export function decodeCursor(listing: Listing, cursor: string | undefined): readonly string[] | null {
  if (cursor === undefined) return null;
  const [found, ...position] = readParts(cursor);
  if (found !== fingerprint(listing))
    throw cursorProblem("belongs to another listing or to other filters; start without one");
  return position;
}

/** The error for a cursor that this backend did not issue. */
export function malformedCursor(): ProblemError {
  return cursorProblem("was not issued by this backend; start without one");
}

function readParts(cursor: string): readonly string[] {
  try {
    return z
      .array(z.string())
      .min(1)
      .parse(JSON.parse(Buffer.from(cursor, "base64url").toString("utf8")));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) throw malformedCursor();
    throw error;
  }
}

function cursorProblem(message: string): ProblemError {
  return new ProblemError("validation_failed", `the cursor ${message}`, { errors: [{ field: "cursor", message }] });
}

function fingerprint(listing: Listing): string {
  return createHash("sha256").update(JSON.stringify(listing)).digest("base64url").slice(0, 12);
}
