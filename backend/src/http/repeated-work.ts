import type { FastifyInstance } from "fastify";
import { DiskFullError } from "../database/disk-space";
import { DatabaseEndedError } from "../database/lasting-pglite";

/** Runs work at an interval and logs failures. Stopping waits for a run in progress. */
export function repeat(app: FastifyInstance, everyMs: number, work: () => Promise<void>): () => Promise<void> {
  let running = Promise.resolve();
  const timer = setInterval(() => {
    running = work().catch((error: unknown) => {
      // Who watches the disk, or the end of the database, reports it, once.
      if (!(error instanceof DiskFullError || error instanceof DatabaseEndedError))
        app.log.error({ err: error }, "a background task failed");
    });
  }, everyMs).unref();
  return () => {
    clearInterval(timer);
    return running;
  };
}
