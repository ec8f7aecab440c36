import type { FastifyInstance } from "fastify";
import { CHANGE_MIB } from "../database/disk-space";
import type { Database } from "../database/open";
import { repeat } from "../http/repeated-work";

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
