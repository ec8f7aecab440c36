import { setTimeout as wait } from "node:timers/promises";
import type { Kysely } from "kysely";
import { DAY_MS, REPORT_DAYS, RESTORE_DAYS, USE_DAYS } from "xtremepush-access/schemas";
import type { Schema } from "../database/schema";
import { removeAccessChanges } from "../store/access-changes";
import {
  type Batch,
  type EndedKind,
  removeActors,
  removeActorTokens,
  removeAssertions,
  removeClients,
  removeExchangedTokens,
  removeRevokedTokens,
} from "../store/ended-rows";
import { foldUse, removeUse, removeUseReporters, removeUseReports } from "../store/use";

/** How much longer than it counts everything is kept, for replicas whose clocks disagree. */
const MARGIN_MS = 60 * 60_000;
/** How long a client can be restored after its delete; an ended actor stays in the listing for as long. */
const KEPT_MS = RESTORE_DAYS * DAY_MS;

/** How long the use of each hour is kept, before it becomes that of a day. */
const USE_HOURS_MS = 7 * DAY_MS;

const KINDS: readonly [keptMs: number, remove: (db: Kysely<Schema>, before: Date) => Promise<Batch>][] = [
  [0, removeAssertions],
  [0, removeRevokedTokens],
  [0, removeActorTokens],
  [0, removeExchangedTokens],
  [KEPT_MS, removeClients],
  [KEPT_MS, removeActors],
  [0, (db) => removeAccessChanges(db)],
  [USE_HOURS_MS, foldUse],
  [USE_DAYS * DAY_MS, removeUse],
  [(REPORT_DAYS + 1) * DAY_MS, removeUseReports],
  [USE_DAYS * DAY_MS, removeUseReporters],
];

export interface PurgeOptions {
  readonly now: Date;
  /** How long it pauses after each batch, so that requests come first. */
  readonly pauseMs: number;
  /** Ends it after the batch that runs. */
  readonly signal: AbortSignal;
}

export type PurgeCounts = { readonly [Kind in EndedKind]?: number };

/**
 * Removes what has ended, batch by batch; each batch is a transaction of its own. Several replicas may run it at once.
 *
 * @returns how many rows it has removed, by kind; only kinds of which there were some.
 */
export async function purge(db: Kysely<Schema>, { now, pauseMs, signal }: PurgeOptions): Promise<PurgeCounts> {
  const counts: { [Kind in EndedKind]?: number } = {};
  for (const [keptMs, remove] of KINDS) {
    const before = new Date(now.getTime() - keptMs - MARGIN_MS);
    for (let more = true; more && !signal.aborted; ) {
      const batch = await remove(db, before);
      add(counts, batch);
      ({ more } = batch);
      if (more) await wait(pauseMs, undefined, { signal }).catch(() => {});
    }
  }
  return counts;
}

function add(counts: { [Kind in EndedKind]?: number }, { removed }: Batch): void {
  for (const [kind, count] of Object.entries(removed) as [EndedKind, number][]) {
    if (count > 0) counts[kind] = (counts[kind] ?? 0) + count;
  }
}
