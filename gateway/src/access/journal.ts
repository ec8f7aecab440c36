import { open } from "node:fs/promises";
import path from "node:path";
import { AccessChange, AccessEntry, JsonWebKeySet, RevokedToken } from "xtremepush-access/schemas";
import { z } from "zod";
import { applyChanges, listed, type Snapshot, snapshotOf } from "./snapshot";
import { parseLine, readOwnFile, removeUnfinished, replaceFile } from "./state-file";

const FORMAT = 1;
const FILE = "access.jsonl";
/** When more than this was added, in bytes, and more than the snapshot itself, the file is written again. */
const ADDED_MAX = 1_048_576;

const First = z.object({
  format: z.literal(FORMAT),
  endpoint: z.string(),
  confirmed: z.number(),
  keys: JsonWebKeySet,
  backend: z.object({ id: z.string(), epoch: z.number() }),
  issuer: z.string(),
  sequence: z.string(),
  clients: z.array(AccessEntry),
  revokedTokens: z.array(RevokedToken),
});

const Added = z.object({
  /** The sequence that it follows. */
  after: z.string(),
  sequence: z.string(),
  confirmed: z.number(),
  changes: z.array(AccessChange).optional(),
  keys: JsonWebKeySet.optional(),
});

/** What the file held. */
export interface Remembered {
  readonly snapshot: Snapshot;
  readonly confirmedTime: number;
  readonly keys: z.output<typeof JsonWebKeySet>;
}

/** What is added to the file. */
export type Addition = z.input<typeof Added>;

/**
 * The last snapshot on disk: a line with all of it, and a line for each answer of the backend since. A line that was cut, or
 * that does not follow the one before, ends the file: what is read is what was known at some time. One write at a time.
 */
export class Journal {
  readonly #file: string;
  readonly #endpoint: string;
  #size = 0;
  #added = 0;

  constructor(folder: string, endpoint: string) {
    this.#file = path.join(folder, FILE);
    this.#endpoint = endpoint;
  }

  /**
   * Reads what is on disk, and removes what no write has finished; null without a file, or with one of another backend.
   *
   * @throws Error for a file, or a folder of it, that belongs to another user or that others can write.
   */
  async read(): Promise<Remembered | null> {
    await removeUnfinished(path.dirname(this.#file));
    const text = await readOwnFile(this.#file);
    if (text === null) return null;
    const [first = "", ...lines] = text.split("\n");
    const read = First.safeParse(parseLine(first));
    if (!read.success || read.data.endpoint !== this.#endpoint) return null;
    return remembered(read.data, lines);
  }

  /** Whether so much was added that the file is to be written again. */
  get isLong(): boolean {
    return this.#added > Math.max(ADDED_MAX, this.#size);
  }

  /** Writes the whole snapshot in place of the file, at once. */
  async rewrite(snapshot: Readonly<Snapshot>, confirmed: number, keys: z.output<typeof JsonWebKeySet>): Promise<void> {
    const head = { format: FORMAT, endpoint: this.#endpoint, confirmed, keys } as const;
    const line = JSON.stringify({ ...head, ...listed(snapshot) } satisfies z.input<typeof First>);
    await replaceFile(this.#file, [`${line}\n`]);
    this.#size = line.length;
    this.#added = 0;
  }

  /** Adds what the backend has answered, oldest first. After a failure, only a rewrite makes the file whole. */
  async add(additions: readonly Addition[]): Promise<void> {
    const lines = additions.map((addition) => `${JSON.stringify(addition)}\n`).join("");
    const file = await open(this.#file, "a", 0o600);
    try {
      await file.writeFile(lines);
    } finally {
      await file.close();
    }
    this.#added += lines.length;
  }
}

function remembered(first: z.output<typeof First>, lines: readonly string[]): Remembered {
  const snapshot = snapshotOf(first);
  let { confirmed, keys } = first;
  for (const line of lines) {
    const added = Added.safeParse(parseLine(line));
    // Without a change, what it confirms was never known.
    if (!added.success || added.data.after !== snapshot.sequence) break;
    applyChanges(snapshot, added.data.sequence, added.data.changes ?? []);
    confirmed = added.data.confirmed;
    keys = added.data.keys ?? keys;
  }
  return { snapshot, confirmedTime: confirmed, keys };
}
