import type { Kysely } from "kysely";
import { type PurgeCounts, type PurgeOptions, purge } from "../../../backend/src/app/purge";
import type { Schema } from "../../../backend/src/database/schema";

/** Purges without pauses. @throws what a kind fails with, unless `failed` takes it. */
export function purgeAt(db: Kysely<Schema>, now: Date, options: Partial<PurgeOptions> = {}): Promise<PurgeCounts> {
  return purge(db, {
    ...{ now, pauseMs: 1, signal: new AbortController().signal },
    failed: (_, error) => {
      throw error;
    },
    ...options,
  });
}
