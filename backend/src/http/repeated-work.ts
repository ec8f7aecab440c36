import type { FastifyInstance } from "fastify";
import { DiskFullError } from "../database/disk-space";
import { DatabaseEndedError } from "../database/lasting-pglite";

/** Runs work at an interval, except while it still runs, and logs failures. Stopping waits for a run in progress. */
export function repeat(app: FastifyInstance, everyMs: number, work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  const run = async () => {
    try {
      await work();
    } catch (error) {
      // Who watches the disk, or the end of the database, reports it, once.
      if (!(error instanceof DiskFullError || error instanceof DatabaseEndedError))
        app.log.error({ err: error }, "a background task failed");
    } finally {
      running = null;
    }
  };
  const timer = setInterval(() => {
    running ??= run();
  }, everyMs).unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}
