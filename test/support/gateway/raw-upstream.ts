import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

/** Answers a whole request that has arrived, with any bytes. */
export type RawAnswer = (socket: Socket) => void;

/** A server in the place of the External API that reads whole requests and answers whatever bytes a test wants. */
export class RawUpstream {
  /** The bodies that have arrived. */
  readonly arrived: string[] = [];
  answer: RawAnswer = (socket) => socket.write(answerOf("{}"));
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor() {
    this.#server = createServer((socket) => this.#serve(socket.setNoDelay()));
  }

  static async start(): Promise<RawUpstream> {
    const upstream = new RawUpstream();
    upstream.#server.listen(0, "127.0.0.1");
    await once(upstream.#server, "listening");
    return upstream;
  }

  get endpoint(): string {
    // Listening on TCP, the address is an object.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Cuts all connections; new ones work. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.#server.close();
    this.cut();
    await once(this.#server, "close");
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    let received = Buffer.alloc(0);
    socket.on("error", () => undefined);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      for (let whole = wholeBody(received); whole !== null; whole = wholeBody(received)) {
        received = received.subarray(whole.end);
        this.arrived.push(whole.body);
        this.answer(socket);
      }
    });
  }
}

/** An answer with a length. */
export function answerOf(body: string, head: readonly string[] = []): string {
  return ["HTTP/1.1 200 OK", ...head, `Content-Length: ${Buffer.byteLength(body)}`, "", body].join("\r\n");
}

/** Sends the same bytes as long as the socket takes them. */
export function flood(socket: Socket, text: string): void {
  const bytes = text.repeat(Math.ceil(16_384 / text.length));
  const write = () => {
    while (!socket.destroyed && socket.write(bytes)) {}
  };
  socket.on("drain", write);
  write();
}

/** Sends the same bytes again and again, with pauses. */
export function drip(socket: Socket, text: string, everyMs = 20): void {
  const timer = setInterval(() => void socket.write(text), everyMs);
  socket.on("close", () => clearInterval(timer));
}

function wholeBody(bytes: Buffer): { readonly body: string; readonly end: number } | null {
  const start = bytes.indexOf("\r\n\r\n") + 4;
  if (start < 4) return null;
  const [, length = "0"] = /^content-length: (\d+)$/im.exec(bytes.toString("latin1", 0, start)) ?? [];
  const end = start + Number(length);
  return bytes.length < end ? null : { body: bytes.toString("utf8", start, end), end };
}
