import { createHash } from "node:crypto";
import { z } from "zod";
import { ProblemError } from "../failures/problems";

/** Which listing a cursor belongs to: its route, its project, its filters. */
export type Listing = Readonly<Record<string, unknown>>;

/** Writes down where a page ended. Callers hand it back as it is and read nothing from it. */
export function cursorOf(listing: Listing, place: readonly string[]): string {
  return Buffer.from(JSON.stringify([fingerprint(listing), ...place])).toString("base64url");
}

/** Reads a cursor of this backend; null for none, which is the first page. */
export function placeOf(listing: Listing, cursor: string | undefined): readonly string[] | null {
  if (cursor === undefined) return null;
  const [found, ...place] = read(cursor);
  if (found !== fingerprint(listing))
    throw refused("belongs to another listing or to other filters; start without one");
  return place;
}

/** The error for a cursor that was not given out. */
export function malformedCursor(): ProblemError {
  return refused("is not one that this backend gave out; start without one");
}

function read(cursor: string): readonly string[] {
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

function refused(message: string): ProblemError {
  return new ProblemError("validation_failed", `the cursor ${message}`, { errors: [{ field: "cursor", message }] });
}

function fingerprint(listing: Listing): string {
  return createHash("sha256").update(JSON.stringify(listing)).digest("base64url").slice(0, 12);
}
