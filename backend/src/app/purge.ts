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
import { foldUse, removeUse, removeUseReporters, removeUseReports } from "../store/old-use";

/** How much longer than it counts everything is kept, for replicas whose clocks disagree. */
const MARGIN_MS = 60 * 60_000;
/** How long a client can be restored after its delete; an ended actor stays in the listing for as long. */
const KEPT_MS = RESTORE_DAYS * DAY_MS;

/** How long the use of each hour is kept, before it becomes that of a day. */
const USE_HOURS_MS = 7 * DAY_MS;

interface Kind {
  readonly kind: EndedKind;
  readonly keptMs: number;
  readonly remove: (db: Kysely<Schema>, before: Date) => Promise<Batch>;
}

const KINDS: readonly Kind[] = [
  { kind: "assertions", keptMs: 0, remove: removeAssertions },
  { kind: "revokedTokens", keptMs: 0, remove: removeRevokedTokens },
  { kind: "actorTokens", keptMs: 0, remove: removeActorTokens },
  { kind: "exchangedTokens", keptMs: 0, remove: removeExchangedTokens },
  { kind: "clients", keptMs: KEPT_MS, remove: removeClients },
  { kind: "actors", keptMs: KEPT_MS, remove: removeActors },
  { kind: "accessChanges", keptMs: 0, remove: (db) => removeAccessChanges(db) },
  { kind: "useHours", keptMs: USE_HOURS_MS, remove: foldUse },
  { kind: "useDays", keptMs: USE_DAYS * DAY_MS, remove: removeUse },
  { kind: "useReports", keptMs: (REPORT_DAYS + 1) * DAY_MS, remove: removeUseReports },
  { kind: "useReporters", keptMs: USE_DAYS * DAY_MS, remove: removeUseReporters },
];

export interface PurgeOptions {
  readonly now: Date;
  /** How long it pauses after each batch, so that requests come first. */
  readonly pauseMs: number;
  /** Ends it after the batch that runs. */
  readonly signal: AbortSignal;
  /** Called with each kind that could not be removed; the next purge tries it again. */
  readonly failed: (kind: EndedKind, error: unknown) => void;
}

export type PurgeCounts = { readonly [Kind in EndedKind]?: number };

/**
 * Removes what has ended, batch by batch; each batch is a transaction of its own. Several replicas may run it at once. A kind
 * that cannot be removed keeps none of the others.
 *
 * @returns how many rows it has removed, by kind; only kinds of which there were some.
 */
export async function purge(db: Kysely<Schema>, options: PurgeOptions): Promise<PurgeCounts> {
  const counts: { [Kind in EndedKind]?: number } = {};
  for (const kind of KINDS) {
    try {
      for await (const batch of batchesOf(db, kind, options)) add(counts, batch);
    } catch (error) {
      options.failed(kind.kind, error);
    }
  }
  return counts;
}

async function* batchesOf(
  db: Kysely<Schema>,
  { keptMs, remove }: Kind,
  { now, pauseMs, signal }: PurgeOptions,
): AsyncGenerator<Batch> {
  const before = new Date(now.getTime() - keptMs - MARGIN_MS);
  for (let more = true; more && !signal.aborted; ) {
    const batch = await remove(db, before);
    yield batch;
    ({ more } = batch);
    if (more) await wait(pauseMs, undefined, { signal }).catch(() => {});
  }
}

function add(counts: { [Kind in EndedKind]?: number }, { removed }: Batch): void {
  for (const [kind, count] of Object.entries(removed) as [EndedKind, number][]) {
    if (count > 0) counts[kind] = (counts[kind] ?? 0) + count;
  }
}
