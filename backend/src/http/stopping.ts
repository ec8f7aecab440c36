import type { IncomingMessage } from "node:http";
import { Server, type Socket } from "node:net";
import { setImmediate as nextTurn, setTimeout as wait } from "node:timers/promises";
import type { FastifyInstance } from "fastify";

/**
 * How long answers are held back before the listener and idle connections close. Closing resets what is on its way to them,
 * and callers send their next request when they have an answer. The hold is longer while new connections arrive.
 */
const HOLD_MS = 100;
const HOLD_LIMIT_MS = 600;
/** The limit while the process is too busy to see what arrives. */
const BUSY_LIMIT_MS = 2_000;
/** How long no connection must arrive before the listener closes. */
const QUIET_MS = 60;
/** How long a connection is quiet before it counts as idle: longer than the way of an answer and of the next request. */
const IDLE_MS = 250;
/** A longer turn of the event loop hides what arrived during it, and closing then resets it. */
const CALM_MS = 3;

/** Makes an app ready to be drained; call it before its routes are registered. */
export function prepareStopping(app: FastifyInstance): void {
  connections.set(app, new Connections(app));
}

/**
 * Accepts no more connections, answers every request that was sent and closes each connection after its answer; cuts what is
 * left after the grace. Close the app afterwards.
 */
export async function drain(app: FastifyInstance, graceMs: number): Promise<void> {
  await connections.get(app)?.drain(graceMs);
}

/** Checks whether an app is being drained. */
export function isStopping(app: FastifyInstance): boolean {
  return connections.get(app)?.isDraining ?? false;
}

/** Aborts when an app begins to be drained, so that what waits for something ends. */
export function stoppingSignal(app: FastifyInstance): AbortSignal {
  const signal = connections.get(app)?.stopping.signal;
  if (signal === undefined) throw new Error("prepareStopping comes before the routes");
  return signal;
}

interface Use {
  /** Requests without a complete answer. */
  running: number;
  /** Bytes read when the last answer was complete. */
  readBytes: number;
  /** When it was opened, or when its last answer was complete. */
  time: number;
}

/** The connections of an app, and the requests that run on each. */
class Connections {
  isDraining = false;
  readonly stopping = new AbortController();
  readonly #app: FastifyInstance;
  readonly #uses = new Map<Socket, Use>();
  #acceptedTime = 0;
  #closing: Promise<void> = Promise.resolve();

  constructor(app: FastifyInstance) {
    this.#app = app;
    app.server.on("connection", (socket: Socket) => {
      this.#uses.set(socket, { running: 0, readBytes: 0, time: performance.now() });
      this.#acceptedTime = performance.now();
      socket.on("close", () => this.#uses.delete(socket));
    });
    // Runs before Fastify's own listener, which may answer at once.
    app.server.prependListener("request", (request, response) => {
      if (this.isDraining) response.setHeader("connection", "close");
      const use = this.#uses.get(request.socket);
      if (use !== undefined) count(use, request, response);
    });
    // A request from before the stop may be answered during it.
    app.addHook("onSend", async (_request, reply) => {
      if (!this.isDraining) return;
      reply.header("connection", "close");
      await this.#closing;
    });
  }

  async drain(graceMs: number): Promise<void> {
    const end = performance.now() + graceMs;
    this.isDraining = true;
    this.stopping.abort();
    this.#closing = this.#close();
    await this.#closing;
    while (this.#uses.size > 0 && performance.now() < end) {
      if (await isCalmTurn()) this.#closeIdle();
      await wait(10);
    }
    for (const socket of this.#uses.keys()) socket.destroy();
  }

  async #close(): Promise<void> {
    const start = performance.now();
    let isCalm: boolean;
    do {
      await wait(HOLD_MS / 4);
      isCalm = await isCalmTurn();
    } while (!this.#isQuiet(performance.now() - start, isCalm));
    // The close of an HTTP server would also end connections whose next request is not read yet.
    Server.prototype.close.call(this.#app.server);
  }

  #isQuiet(heldMs: number, isCalm: boolean): boolean {
    if (heldMs < HOLD_MS || (!isCalm && heldMs < BUSY_LIMIT_MS)) return false;
    return heldMs > HOLD_LIMIT_MS || performance.now() - this.#acceptedTime > QUIET_MS;
  }

  #closeIdle(): void {
    const now = performance.now();
    for (const [socket, { running, readBytes, time }] of this.#uses) {
      // Nothing has arrived since the last answer, not even a part of a request.
      const isIdle = running === 0 && socket.bytesRead === readBytes && now - time > IDLE_MS;
      if (isIdle) socket.destroySoon();
    }
  }
}

/** Waits until Node.js has accepted and read what was there, and checks that nothing can have arrived since. */
async function isCalmTurn(): Promise<boolean> {
  const start = performance.now();
  await nextTurn();
  return performance.now() - start < CALM_MS;
}

function count(use: Use, request: IncomingMessage, response: NodeJS.EventEmitter): void {
  const { socket } = request;
  const settle = () => {
    use.readBytes = socket.bytesRead;
    use.time = performance.now();
  };
  use.running += 1;
  response.on("close", () => {
    use.running -= 1;
    settle();
  });
  // The body of a request that was refused early may arrive after the answer.
  request.on("end", settle);
}

const connections = new WeakMap<FastifyInstance, Connections>();
