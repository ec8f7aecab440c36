import type { FastifyInstance } from "fastify";
import { CHANGE_MIB } from "../database/disk-space";
import type { Database } from "../database/open";
import { logFailure, repeat } from "../http/repeated-work";
import type { Services } from "../http/services";
import { purge } from "./purge";

const EVERY_MS = 1_000;
/** Reported as enough again. It is more than a change needs, so that space around that limit is not reported every second. */
const AGAIN_MIB = CHANGE_MIB * 1.25;

/**
 * Does for an embedded database what a server does for itself: it checkpoints, and it reports once when the disk has too
 * little space for changes, and once when it has enough again.
 */
export function maintainDatabase(app: FastifyInstance, database: Database): void {
  const { disk } = database;
  let isShort = false;
  const stop = repeat(app, EVERY_MS, async () => {
    const shortage = disk?.shortage() ?? null;
    if (shortage !== null && !isShort) app.log.error(shortage.advice);
    const hasAgain = isShort && disk !== null && disk.freeMib() >= AGAIN_MIB;
    if (hasAgain) app.log.info("the disk of the database has space again");
    isShort = shortage !== null || (isShort && !hasAgain);
    if (shortage === null) await database.checkpoint();
  });
  app.addHook("onClose", stop);
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** A batch takes some milliseconds. */
const PAUSE_MS = 100;

/** Removes what has ended, a minute after the start and then every hour. A stop waits only for the batch that runs. */
export function purgeHourly(app: FastifyInstance, { database, clock, metrics }: Services): void {
  const stopping = new AbortController();
  let due = 0;
  const stop = repeat(app, MINUTE_MS, async () => {
    if (performance.now() < due) return;
    due = performance.now() + HOUR_MS;
    const removed = await purge(database.db, {
      ...{ now: clock(), pauseMs: PAUSE_MS, signal: stopping.signal },
      failed: (kind, error) => logFailure(app, error, { kind }),
    });
    for (const [kind, count] of Object.entries(removed)) metrics.rowsRemoved.inc({ kind }, count);
    if (Object.keys(removed).length > 0) app.log.info({ removed }, "removed what has ended");
  });
  app.addHook("onClose", async () => {
    stopping.abort();
    await stop();
  });
}
