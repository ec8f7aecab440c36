import { rename, rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { UseReport } from "xtremepush-access/schemas";
import { z } from "zod";
import { codeOf } from "../gateway-failure";
import type { WorkLog } from "./keeper";
import { parseLine, readOwnFile, replaceFile } from "./state-file";

const FORMAT = 1;
const FILE = "use.jsonl";
/** Where a file goes that cannot be read, in place of the last one. */
const ASIDE = "use.unread.jsonl";
/** How long a stop waits for the disk. */
const SETTLED_MS = 2_000;

const First = z.object({ format: z.literal(FORMAT), endpoint: z.string() });

/** What waited for the backend when a gateway ended. */
export interface Kept {
  readonly reports: readonly UseReport[];
  /** Calls that can be reported no longer; a line that cannot be read counts as one. */
  readonly dropped: number;
}

export interface UseFileOptions extends WorkLog {
  readonly folder: string;
  /** The backend that the reports are for. */
  readonly endpoint: string;
  /** Called with the reason when a file cannot be read, and where it is now. */
  putAside(why: string, place: string): void;
}

/**
 * The reports of use that the backend has not confirmed, on disk: a line about the file, and a line for each. A disk that is slow,
 * or takes nothing, holds back nothing: what is on it only becomes older.
 */
export class UseFile {
  readonly #options: UseFileOptions;
  readonly #file: string;
  #latest: readonly UseReport[] | null = null;
  /** Whether there may be a file. */
  #isThere = true;
  #isFailing = false;
  #writing: Promise<void> | null = null;

  constructor(options: UseFileOptions) {
    this.#options = options;
    this.#file = path.join(options.folder, FILE);
  }

  /** Reads what is on disk. What cannot be read is put aside: the gateway must not need it to start. */
  async read(): Promise<Kept> {
    try {
      const text = await readOwnFile(this.#file);
      this.#isThere = text !== null;
      if (text === null) return { reports: [], dropped: 0 };
      return await this.#kept(text.trimEnd().split("\n"));
    } catch (error) {
      return this.#putAside(reasonOf(error), { reports: [], dropped: 1 });
    }
  }

  async #kept([first = "", ...lines]: readonly string[]): Promise<Kept> {
    const head = First.safeParse(parseLine(first));
    if (!head.success) return this.#putAside("its first line is not one of this version", { reports: [], dropped: 1 });
    const reports = lines.flatMap((line) => UseReport.safeParse(parseLine(line)).data ?? []);
    const broken = lines.length - reports.length;
    if (head.data.endpoint !== this.#options.endpoint) {
      const calls = reports.reduce((sum, report) => sum + callsOf(report), 0);
      const why = `it is for another backend, ${head.data.endpoint}`;
      return this.#putAside(why, { reports: [], dropped: calls + broken });
    }
    if (broken === 0) return { reports, dropped: 0 };
    return this.#putAside(`${broken} of its ${lines.length} reports cannot be read`, { reports, dropped: broken });
  }

  async #putAside(why: string, kept: Kept): Promise<Kept> {
    const aside = path.join(this.#options.folder, ASIDE);
    const place = await rename(this.#file, aside).then(
      () => aside,
      () => this.#file,
    );
    this.#options.putAside(why, place);
    return kept;
  }

  /** Keeps these reports in place of all before, beside everything else. */
  keep(reports: readonly UseReport[]): void {
    if (reports.length === 0 && !this.#isThere) return;
    this.#isThere = true;
    this.#latest = reports;
    this.#writing ??= this.#write();
  }

  /** Resolves when everything is written, could not be, or takes too long. */
  async settled(): Promise<void> {
    if (this.#writing !== null) await Promise.race([this.#writing, wait(SETTLED_MS, undefined, { ref: false })]);
  }

  async #write(): Promise<void> {
    for (let reports = this.#next(); reports !== null; reports = this.#next()) {
      try {
        await this.#replace(reports);
        if (this.#isFailing) this.#options.recovered();
        this.#isFailing = false;
      } catch (error) {
        // The next interval tries again.
        if (!this.#isFailing) this.#options.failed(error);
        this.#isFailing = true;
      }
    }
    this.#writing = null;
  }

  #next(): readonly UseReport[] | null {
    const latest = this.#latest;
    this.#latest = null;
    return latest;
  }

  async #replace(reports: readonly UseReport[]): Promise<void> {
    if (reports.length > 0) return replaceFile(this.#file, linesOf(this.#options.endpoint, reports));
    await rm(this.#file, { force: true });
    this.#isThere = this.#latest !== null;
  }
}

/** One after the other, so that many do not hold up the calls. */
function* linesOf(endpoint: string, reports: readonly UseReport[]): Generator<string> {
  yield `${JSON.stringify({ format: FORMAT, endpoint } satisfies z.input<typeof First>)}\n`;
  for (const report of reports) yield `${JSON.stringify(report)}\n`;
}

/** How many calls a report is about. */
export function callsOf({ uses }: UseReport): number {
  return uses.reduce((sum, { count, refused }) => sum + count + refused, 0);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : codeOf(error);
}
