import type { ConflictingResource } from "xtremepush-access/schemas";
import { word } from "xtremepush-access/text";

import { ProblemError } from "../failures/problems";

/** What a write is about and which revision of it the writer has seen. */
export interface Expected<Key> {
  readonly key: Key;
  readonly revision: number;
}

/** @throws ProblemError `revision_mismatch` telling who changed it, and when. */
export function expectRevision<Key>(expected: Expected<Key>, current: ConflictingResource): void {
  if (expected.revision === current.revision) return;
  const by = current.updatedBy === null ? "" : `; last changed by ${word(current.updatedBy)} at ${current.updatedTime}`;
  throw new ProblemError(
    "revision_mismatch",
    `${current.id} is at revision ${current.revision}, not ${expected.revision}${by}; read it again, then decide`,
    { current },
  );
}
