import type { FastifyInstance } from "fastify";
import { findKnownActor } from "./authorization";

/** Lets the answers to an actor tell when its token ends, so that the caller can warn before. */
export function tellTokenEnd(app: FastifyInstance): void {
  app.addHook("onSend", async (request, reply) => {
    const end = findKnownActor(request)?.expiresTime;
    if (end) reply.header("xtremepush-token-expires", end.toISOString());
  });
}
