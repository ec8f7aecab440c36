import { ProblemError } from "../failures/problems";

/** The ETag of a client or a grant. */
export function etagOf(revision: number): string {
  return `"${revision}"`;
}

/**
 * Reads the revision that If-Match names; null for a tag that never matches, because it is weak or not of this API
 * (RFC 9110, sections 8.8.3.2 and 13.1.1).
 */
export function readIfMatch(ifMatch: string | undefined): number | null {
  if (ifMatch === undefined) {
    throw new ProblemError(
      "precondition_required",
      'this write needs the header If-Match with the ETag that was read, as in If-Match: "3"',
    );
  }
  // A tag may contain a comma.
  const tags = ifMatch
    .replace(ENTITY_TAGS, '""')
    .split(",")
    .map((tag) => tag.trim());
  if (!tags.every((tag) => tag === "*" || ENTITY_TAG.test(tag))) throw refused('must be an ETag in quotes, as in "3"');
  if (tags.includes("*")) throw refused("must name the revision that was read: * would overwrite any other change");
  if (tags.length > 1) throw refused("must be one ETag: a change is decided on one revision that was read");
  const digits = REVISION_TAG.exec(ifMatch.trim())?.[1];
  return digits === undefined ? null : Number(digits);
}

const ENTITY_TAG = /^(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/;
const ENTITY_TAGS = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g;
const REVISION_TAG = /^"(0|[1-9][0-9]{0,9})"$/;

function refused(message: string): ProblemError {
  return new ProblemError("validation_failed", `If-Match ${message}`, { errors: [{ field: "If-Match", message }] });
}
