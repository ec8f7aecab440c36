import { statfsSync } from "node:fs";

/** The part of `fs.statfsSync` that is needed here. */
export type ReadSpace = (folder: string) => { readonly bavail: number; readonly bsize: number };

/**
 * What a change needs free. The log of PostgreSQL grows by 16 MiB at a time, the tables grow besides, and a few reads write
 * to the log, too.
 */
export const CHANGE_MIB = 32;
/** How long one measurement counts. */
const KEPT_MS = 100;

/** A change was refused because the disk has too little space; the message is for callers, the advice for the operator. */
export class DiskFullError extends Error {
  override readonly name = "DiskFullError";
  /** PostgreSQL's own code: disk_full. */
  readonly code = "53100";
  readonly advice: string;

  constructor(folder: string, freeMib: number) {
    const facts = `has ${freeMib} MiB free, and a change needs ${CHANGE_MIB}`;
    super(`the disk of the database ${facts}: reads work, and changes do when the operator has freed space`);
    this.advice = `The disk of ${folder} ${facts}: free some; a running backend notices it.`;
  }
}

/** The disk of an embedded database. PGlite does not survive a write that finds no space, so none may be tried. */
export class DiskSpace {
  readonly #folder: string;
  readonly #readSpace: ReadSpace;
  #freeBytes = Number.POSITIVE_INFINITY;
  #measuredTime = Number.NEGATIVE_INFINITY;

  constructor(folder: string, readSpace: ReadSpace = statfsSync) {
    this.#folder = folder;
    this.#readSpace = readSpace;
  }

  /** How many bytes are free; infinite while no measurement has succeeded. */
  freeBytes(): number {
    const now = performance.now();
    if (now - this.#measuredTime >= KEPT_MS) {
      this.#measuredTime = now;
      this.#measure();
    }
    return this.#freeBytes;
  }

  freeMib(): number {
    return Math.floor(this.freeBytes() / 1024 ** 2);
  }

  /** The reason to refuse changes; null when there is enough space. */
  shortage(): DiskFullError | null {
    const free = this.freeMib();
    return free < CHANGE_MIB ? new DiskFullError(this.#folder, free) : null;
  }

  #measure(): void {
    try {
      const { bavail, bsize } = this.#readSpace(this.#folder);
      this.#freeBytes = bavail * bsize;
    } catch (error) {
      // A disk that cannot be asked keeps its last value: whether the database can use it, the database reports.
      if (!(error instanceof Error && "syscall" in error)) throw error;
    }
  }
}
