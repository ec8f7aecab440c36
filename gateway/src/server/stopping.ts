import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { Draining } from "xtremepush-access/serving";

/** Makes an app ready to be stopped; call it before its routes are registered. */
export function prepareStopping(app: FastifyInstance): void {
  const draining = new Draining(app.server);
  drainings.set(app, draining);
  // A call from before the stop may be answered during it.
  // biome-ignore lint/complexity/useMaxParams: the form of a hook without a promise, which each call would pay for
  app.addHook("onSend", (_request, reply, body, done) => {
    if (!draining.isDraining) return done();
    // The External API may cut its answer while it is held back; Fastify sees that when it takes it.
    if (body instanceof Readable) body.on("error", () => undefined);
    // As a promise, so that what throws further on becomes an answer, as it does at other times, and ends no process.
    return draining.mayAnswer(reply.raw).then((isLast) => {
      if (isLast) reply.header("connection", "close");
    });
  });
}

/** Checks whether an app is being stopped. */
export function isStopping(app: FastifyInstance): boolean {
  return drainings.get(app)?.isDraining ?? false;
}

/**
 * Accepts no more connections, answers the calls that were sent and closes each connection after its answer; cuts what is left after
 * the grace, and closes the app.
 */
export async function stop(app: FastifyInstance, graceMs: number): Promise<void> {
  await drainings.get(app)?.drain(graceMs);
  await app.close();
}

const drainings = new WeakMap<FastifyInstance, Draining>();
