import type { ConflictingResource } from "xtremepush-access/schemas";
import { word } from "xtremepush-access/text";

import { ProblemError } from "../failures/problems";

/** The target of a write, and its revision that the writer has seen. */
export interface Expected<Key> {
  readonly key: Key;
  /** Null when the tag matches no revision: it is weak or not of this API. */
  readonly revision: number | null;
}

/** @throws ProblemError `revision_mismatch` that says who changed it, and when. */
export function expectRevision<Key>(expected: Expected<Key>, current: ConflictingResource): void {
  if (expected.revision === current.revision) return;
  const by = current.updatedBy === null ? "" : `; last changed by ${word(current.updatedBy)} at ${current.updatedTime}`;
  throw new ProblemError(
    "revision_mismatch",
    `${current.id} is at revision ${current.revision}, ${whyNot(expected.revision)}${by}; read it again, then decide`,
    { current },
  );
}

function whyNot(revision: number | null): string {
  if (revision !== null) return `not ${revision}`;
  return 'and If-Match matches only its whole tag, as in "3": weak ones (W/), as some proxies write them, never match';
}
