import { ProblemError } from "../failures/problems";

/** The ETag of a client or a grant. */
export function etagOf(revision: number): string {
  return `"${revision}"`;
}

/**
 * Reads If-Match. Only one strong tag is taken: `*` would overwrite what the writer has not seen, and weak tags
 * never match here (RFC 9110, section 13.1.1).
 */
export function readIfMatch(ifMatch: string | undefined): number {
  if (ifMatch === undefined) {
    throw new ProblemError(
      "precondition_required",
      'this write needs the header If-Match with the ETag that was read, as in If-Match: "3"',
    );
  }
  const digits = /^"(0|[1-9][0-9]{0,9})"$/.exec(ifMatch)?.[1];
  if (digits === undefined) {
    const message = 'must be one ETag as it was read, as in "3"; lists, weak tags and * are not accepted';
    throw new ProblemError("validation_failed", `If-Match ${message}`, { errors: [{ field: "If-Match", message }] });
  }
  return Number(digits);
}
