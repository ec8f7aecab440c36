import type { Server as HttpServer, IncomingMessage, ServerResponse } from "node:http";
import { Server, type Socket } from "node:net";
import { setImmediate as nextTurn, setTimeout as wait } from "node:timers/promises";
import { Server as TlsServer } from "node:tls";

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

/** Stops an HTTP server without losing an answer. Make it before the server listens. */
export class Draining {
  readonly #server: HttpServer;
  readonly #stopping = new AbortController();
  readonly #uses = new Map<Socket, Use>();
  /** The connections below TLS, also those whose handshake is not complete, and when they were opened. */
  readonly #belowTls = new Map<Socket, number>();
  #acceptedTime = 0;
  #closing: Promise<void> = Promise.resolve();

  constructor(server: HttpServer) {
    this.#server = server;
    const isTls = server instanceof TlsServer;
    if (isTls) server.on("connection", (socket: Socket) => this.#accept(socket));
    server.on(isTls ? "secureConnection" : "connection", (socket: Socket) => {
      this.#acceptedTime = performance.now();
      this.#uses.set(socket, new Use(socket));
      socket.on("close", () => this.#uses.delete(socket));
    });
    // Runs before the server's other listeners, which may answer at once.
    server.prependListener("request", (request, response) => this.#begin(request, response));
  }

  /** Aborts when the draining begins, so that what waits for something ends. */
  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  get isDraining(): boolean {
    return this.#stopping.signal.aborted;
  }

  /**
   * Waits while answers are held back; call it for each answer of a draining server, before its head is sent.
   *
   * @returns whether it is the last answer of its connection, and must have `Connection: close`.
   */
  async mayAnswer(response: ServerResponse): Promise<boolean> {
    await this.#closing;
    const last = this.#uses.get(response.req.socket)?.last ?? response;
    return last === response;
  }

  /**
   * Accepts no more connections, lets every request that was sent be answered and closes each connection after its last answer;
   * cuts what is left after the grace. Close the server afterwards.
   */
  async drain(graceMs: number): Promise<void> {
    const end = performance.now() + graceMs;
    this.#stopping.abort();
    if (this.#server.listening) this.#closing = this.#close();
    await this.#closing;
    while (this.#uses.size + this.#belowTls.size > 0 && performance.now() < end) {
      if (await isCalmTurn()) this.#closeIdle();
      await wait(10);
    }
    for (const socket of [...this.#uses.keys(), ...this.#belowTls.keys()]) socket.destroy();
  }

  #accept(socket: Socket): void {
    this.#acceptedTime = performance.now();
    this.#belowTls.set(socket, this.#acceptedTime);
    socket.on("close", () => this.#belowTls.delete(socket));
  }

  #begin(request: IncomingMessage, response: ServerResponse): void {
    const use = this.#uses.get(request.socket);
    if (this.isDraining) {
      // A caller may send several without waiting (pipelining): what is behind `close` would get no answer.
      if (use?.last?.headersSent === false) use.last.removeHeader("connection");
      response.setHeader("connection", "close");
    }
    use?.begin(request, response);
  }

  async #close(): Promise<void> {
    const start = performance.now();
    let isCalm: boolean;
    do {
      await wait(HOLD_MS / 4);
      isCalm = await isCalmTurn();
    } while (!this.#isQuiet(performance.now() - start, isCalm));
    // The close of an HTTP server would also end connections whose next request is not read yet.
    Server.prototype.close.call(this.#server);
  }

  #isQuiet(heldMs: number, isCalm: boolean): boolean {
    if (heldMs < HOLD_MS || (!isCalm && heldMs < BUSY_LIMIT_MS)) return false;
    return heldMs > HOLD_LIMIT_MS || performance.now() - this.#acceptedTime > QUIET_MS;
  }

  #closeIdle(): void {
    const before = performance.now() - IDLE_MS;
    for (const [socket, use] of this.#uses) if (use.isIdle(before)) socket.destroySoon();
    if (this.#uses.size > 0) return;
    // Nothing but handshakes.
    for (const [socket, time] of this.#belowTls) if (time < before) socket.destroy();
  }
}

/** The requests of one connection. */
class Use {
  /** The last request that has come, until all are answered. */
  last: ServerResponse | null = null;
  /** Requests without a complete answer. */
  #running = 0;
  readonly #socket: Socket;
  /** Bytes read when the last answer was complete. */
  #readBytes = 0;
  /** When it was opened, or when its last answer was complete. */
  #time = performance.now();
  // Made once for a connection, as each call has them.
  readonly #onBody = () => this.#settle();
  readonly #onAnswer = () => {
    this.#running -= 1;
    if (this.#running === 0) this.last = null;
    this.#settle();
  };

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  begin(request: IncomingMessage, response: ServerResponse): void {
    this.#running += 1;
    this.last = response;
    response.on("close", this.#onAnswer);
    // The body of a request that was refused early may arrive after the answer.
    request.on("end", this.#onBody);
  }

  /** Whether nothing has arrived since the last answer, not even a part of a request, and that was before a time. */
  isIdle(before: number): boolean {
    return this.#running === 0 && this.#socket.bytesRead === this.#readBytes && this.#time < before;
  }

  #settle(): void {
    this.#readBytes = this.#socket.bytesRead;
    this.#time = performance.now();
  }
}

/** Waits until Node.js has accepted and read what was there, and checks that nothing can have arrived since. */
async function isCalmTurn(): Promise<boolean> {
  const start = performance.now();
  await nextTurn();
  return performance.now() - start < CALM_MS;
}
