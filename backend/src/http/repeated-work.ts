import type { FastifyInstance } from "fastify";
import { DiskFullError } from "../database/disk-space";

/** Runs work at an interval and logs failures. Stopping waits for a run in progress. */
export function repeat(app: FastifyInstance, everyMs: number, work: () => Promise<void>): () => Promise<void> {
  let running = Promise.resolve();
  const timer = setInterval(() => {
    running = work().catch((error: unknown) => {
      // Who watches the disk reports it, once.
      if (!(error instanceof DiskFullError)) app.log.error({ err: error }, "a background task failed");
    });
  }, everyMs).unref();
  return () => {
    clearInterval(timer);
    return running;
  };
}
