import type { FastifyInstance } from "fastify";
import { Draining } from "xtremepush-access/serving";

/** Makes an app ready to be drained; call it before its routes are registered. */
export function prepareStopping(app: FastifyInstance): void {
  const draining = new Draining(app.server);
  drainings.set(app, draining);
  // A request from before the stop may be answered during it.
  app.addHook("onSend", async (_request, reply) => {
    if (draining.isDraining && (await draining.mayAnswer(reply.raw))) reply.header("connection", "close");
  });
}

/**
 * Accepts no more connections, answers every request that was sent and closes each connection after its answer; cuts what is
 * left after the grace. Close the app afterwards.
 */
export async function drain(app: FastifyInstance, graceMs: number): Promise<void> {
  await drainings.get(app)?.drain(graceMs);
}

/** Checks whether an app is being drained. */
export function isStopping(app: FastifyInstance): boolean {
  return drainings.get(app)?.isDraining ?? false;
}

/** Aborts when an app begins to be drained, so that what waits for something ends. */
export function stoppingSignal(app: FastifyInstance): AbortSignal {
  const signal = drainings.get(app)?.signal;
  if (signal === undefined) throw new Error("prepareStopping comes before the routes");
  return signal;
}

const drainings = new WeakMap<FastifyInstance, Draining>();
