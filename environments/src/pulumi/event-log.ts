import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";

const Step = z.looseObject({ metadata: z.looseObject({ op: z.string(), urn: z.string() }) });

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

/** How often a growing log is read, in milliseconds. */
const INTERVAL_MS = 200;

/**
 * Runs something that writes the events of the engine to a file, and takes each event soon after it is written. The engine
 * writes `[secret]` in the place of secrets.
 */
export async function withEventLog<Result>(
  run: (file: string) => Promise<Result>,
  take: (event: EngineEvent) => void,
): Promise<Result> {
  const folder = await mkdtemp(path.join(tmpdir(), "access-env-"));
  const log = new EventLog(path.join(folder, "events.jsonl"), take);
  const ended = new AbortController();
  const following = log.follow(ended.signal);
  try {
    return await run(log.file);
  } finally {
    ended.abort();
    await following;
    await log.read();
    await rm(folder, { recursive: true, force: true });
  }
}

class EventLog {
  readonly file: string;
  readonly #take: (event: EngineEvent) => void;
  #position = 0;
  #rest = "";

  constructor(file: string, take: (event: EngineEvent) => void) {
    this.file = file;
    this.#take = take;
  }

  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await wait(INTERVAL_MS, undefined, { signal }).catch(() => undefined);
      await this.read();
    }
  }

  /** Takes the lines that are new and whole. */
  async read(): Promise<void> {
    const opened = await open(this.file).catch(() => null);
    if (opened === null) return;
    try {
      const { size } = await opened.stat();
      const { buffer, bytesRead } = await opened.read(Buffer.alloc(size - this.#position), {
        position: this.#position,
      });
      this.#position += bytesRead;
      const lines = `${this.#rest}${buffer.subarray(0, bytesRead).toString("latin1")}`.split("\n");
      this.#rest = lines.pop() ?? "";
      for (const line of lines) this.#takeLine(line);
    } finally {
      await opened.close();
    }
  }

  /** The bytes of a character may be split between two reads, so that a line is decoded when it is whole. */
  #takeLine(line: string): void {
    const read = EngineEvent.safeParse(parsed(Buffer.from(line, "latin1").toString("utf8")));
    if (read.success) this.#take(read.data);
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
