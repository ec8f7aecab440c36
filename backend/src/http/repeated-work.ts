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
      logFailure(app, error);
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

/** Logs that background work failed, with more fields that say which. */
export function logFailure(app: FastifyInstance, error: unknown, more: object = {}): void {
  // Who watches the disk, or the end of the database, reports it, once.
  if (error instanceof DiskFullError || error instanceof DatabaseEndedError) return;
  app.log.error({ err: error, ...more }, "a background task failed");
}
