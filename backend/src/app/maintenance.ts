import type { FastifyInstance } from "fastify";
import type { Database } from "../database/open";
import { repeat } from "../http/repeated-work";

const EVERY_MS = 1_000;

/**
 * Does for an embedded database what a server does for itself: it checkpoints, and it reports once when the disk has too
 * little space for changes, and once when it has enough again.
 */
export function maintainDatabase(app: FastifyInstance, database: Database): void {
  let isShort = false;
  const stop = repeat(app, EVERY_MS, async () => {
    const shortage = database.disk?.shortage() ?? null;
    if (shortage !== null && !isShort) app.log.error(shortage.advice);
    if (shortage === null && isShort) app.log.info("the disk of the database has space again");
    isShort = shortage !== null;
    if (!isShort) await database.checkpoint();
  });
  app.addHook("onClose", stop);
}
