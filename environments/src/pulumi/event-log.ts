import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";

/** The state of a resource after a step; its secrets are hidden. */
const StepState = z.looseObject({ id: z.string().optional(), outputs: z.record(z.string(), z.unknown()).nullish() });
const Step = z.looseObject({
  metadata: z.looseObject({ op: z.string(), urn: z.string(), new: StepState.nullish() }),
});

/** The events of the engine that show progress; it has more, with more fields. */
const EngineEvent = z.looseObject({
  resourcePreEvent: Step.optional(),
  resOutputsEvent: Step.optional(),
  resOpFailedEvent: Step.optional(),
  diagnosticEvent: z
    .looseObject({ severity: z.string(), message: z.string(), ephemeral: z.boolean().optional() })
    .optional(),
});
export type EngineEvent = z.output<typeof EngineEvent>;

/**
 * Runs something that sends the events of the engine to an address, and takes each event.
 *
 * The debug messages among them hold secrets in plain text, so they are never in a file: one would stay behind after a kill.
 */
export async function withEventLog<Result>(
  run: (address: string) => Promise<Result>,
  take: (event: EngineEvent) => void,
): Promise<Result> {
  const folder = await mkdtemp(path.join(tmpdir(), "access-env-"));
  const receiver = new EventReceiver(take);
  try {
    return await run(await receiver.listen(folder));
  } finally {
    await receiver.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The longest path of a socket that every system takes. */
const SOCKET_PATH_MAX = 100;

/** How long the end of a stream may take after its process has ended, in milliseconds. */
const END_MS = 1_000;

/** The server of Pulumi's gRPC service `Events`, which has one method, `StreamEvents`; events.proto of Pulumi 3.259.0. */
class EventReceiver {
  readonly #server = http2.createServer();
  readonly #sessions = new Set<http2.ServerHttp2Session>();

  constructor(take: (event: EngineEvent) => void) {
    this.#server.on("session", (session) => {
      this.#sessions.add(session);
      session.once("close", () => this.#sessions.delete(session));
    });
    this.#server.on("sessionError", () => undefined);
    this.#server.on("stream", (stream) => receive(stream, take));
  }

  /** @returns the address for `--event-log` */
  async listen(folder: string): Promise<string> {
    const socket = path.join(folder, "events");
    // Only the owner may enter the folder. Elsewhere, this machine alone can connect.
    const isSocket = process.platform !== "win32" && Buffer.byteLength(socket) <= SOCKET_PATH_MAX;
    if (isSocket) this.#server.listen(socket);
    else this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return isSocket ? `tcp://unix:${socket}` : `tcp://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Takes what a process that has ended has sent, and closes. */
  async close(): Promise<void> {
    const ends = [...this.#sessions].map((session) => once(session, "close"));
    await Promise.race([Promise.all(ends), wait(END_MS, undefined, { ref: false })]);
    for (const session of this.#sessions) session.destroy();
    this.#server.close();
  }
}

function receive(stream: http2.ServerHttp2Stream, take: (event: EngineEvent) => void): void {
  let rest = Buffer.alloc(0);
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  // A process that was killed breaks the stream off.
  stream.on("error", () => undefined);
  stream.on("data", (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= FRAME && rest.length >= FRAME + rest.readUInt32BE(1)) {
      const end = FRAME + rest.readUInt32BE(1);
      takeMessage(rest.subarray(FRAME, end), take);
      rest = rest.subarray(end);
    }
  });
  stream.on("end", () => stream.end(EMPTY));
}

/** A message of gRPC follows one byte that says whether it is compressed, and four with its length. */
const FRAME = 5;

/** The answer, `google.protobuf.Empty`. */
const EMPTY = Buffer.alloc(FRAME);

/** The key of the only field of an `EventRequest`, a string. */
const EVENT_FIELD = 0x0a;

function takeMessage(message: Buffer, take: (event: EngineEvent) => void): void {
  if (message[0] !== EVENT_FIELD) return;
  // The length of the string has seven bits in each byte, and the last byte is below 128.
  const lengthEnd = message.findIndex((byte, index) => index > 0 && byte < 0x80) + 1;
  const read = EngineEvent.safeParse(parsed(message.subarray(lengthEnd).toString("utf8")));
  if (read.success) take(read.data);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
