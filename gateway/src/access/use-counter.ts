import { randomUUID } from "node:crypto";
import { ValidationError } from "xtremepush-access";
import { USES_MAX, type UseReport } from "xtremepush-access/schemas";
import type { Clock } from "../clock";
import type { Feed } from "./feed";
import { callsOf, type Kept, type UseFile } from "./use-file";
import { UseReporter } from "./use-reporter";

const HOUR_MS = 3_600_000;
/** The longest time of a report while others wait: the backend takes none that began too many days ago. */
const OPEN_MAX_MS = 24 * HOUR_MS;
/** Rows that are kept while the backend is away; more are not counted. */
const ROWS_MAX = 50_000;
/** How long the last report may take, with all that waits. */
const LAST_MS = 3_000;

interface Caller {
  readonly client: string;
  readonly project: string;
}

interface Row extends Caller {
  readonly permission: string;
  readonly hour: number;
  readonly first: number;
  last: number;
  allowed: number;
  refused: number;
}

export interface CounterOptions {
  /** The name of this gateway. */
  readonly gateway: string;
  readonly projects: readonly string[];
  /** Where what waits for the backend is kept. @default nowhere */
  readonly file?: Pick<UseFile, "keep" | "settled"> | null;
  /** Hears once of each project whose use the backend does not take from this gateway. */
  readonly onHidden?: (projects: readonly string[]) => void;
}

/** Counts what clients do, by permission and hour, and sends it to the backend. */
export class UseCounter {
  readonly #reporter: UseReporter;
  readonly #clock: Clock;
  readonly #gateway: string;
  readonly #projects: string[];
  readonly #file: Pick<UseFile, "keep" | "settled"> | null;
  readonly #waiting: UseReport[] = [];
  #from: number;
  #rows = new Map<string, Row>();
  /** The projects of the clients of what waits, as far as this gateway has counted it. */
  #projectOf = new Map<string, string>();
  /** Names the reports of these rows from the start: what is kept of them on disk has the same name as what is sent. */
  #name = randomUUID();
  #dropped = 0;
  #sending: Promise<void> | null = null;

  constructor(feed: Feed, clock: Clock, { gateway, projects, file = null, onHidden }: CounterOptions) {
    this.#reporter = new UseReporter(feed, clock, onHidden ?? (() => undefined));
    this.#clock = clock;
    this.#gateway = gateway;
    this.#projects = [...projects];
    this.#file = file;
    this.#from = clock.now();
  }

  /** How many calls are not reported: too many waited for the backend, or it does not take them. */
  get dropped(): number {
    return this.#dropped;
  }

  count({ client, project }: Caller, permission: string, outcome: "allowed" | "refused"): void {
    const now = this.#clock.now();
    const hour = Math.floor(now / HOUR_MS);
    const key = `${client} ${permission} ${hour}`;
    let row = this.#rows.get(key);
    if (row === undefined) {
      if (this.#rows.size + rowsOf(this.#waiting) >= ROWS_MAX) {
        this.#dropped += 1;
        return;
      }
      row = { client, project, permission, hour, first: now, last: now, allowed: 0, refused: 0 };
      this.#rows.set(key, row);
    }
    row.last = Math.max(row.last, now);
    row[outcome] += 1;
  }

  /** Takes over what waited when a gateway ended. Of projects that this one no longer has, the backend may take nothing. */
  restore({ reports, dropped }: Kept): void {
    this.#dropped += dropped;
    let rows = rowsOf(this.#waiting);
    for (const report of reports) {
      const projects = this.#projects.filter((project) => report.projects?.includes(project));
      rows += report.uses.length;
      if (projects.length > 0 && rows <= ROWS_MAX) this.#waiting.push({ ...report, projects });
      else this.#dropped += callsOf(report);
    }
    if (reports.length > 0) this.#keep();
  }

  /**
   * Reports what was counted since the last report, also that it was nothing. A report that failed is sent again with the same
   * ID, so that it counts once. What waits is kept on disk at each call, also while a report is under way.
   *
   * @throws what the backend's call throws; nothing is lost by it.
   */
  send(): Promise<void> {
    if (this.#sending !== null) this.#keep();
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = null;
    });
    return this.#sending;
  }

  /**
   * Reports all that was counted before the end: a report that is under way lacks what came after it began. Takes a few seconds at
   * most; what the backend has not taken by then is on disk.
   *
   * @throws as `send`
   */
  async sendLast(): Promise<void> {
    if (this.#sending !== null) this.#keep();
    const reason = new Error("the backend takes the last reports too slowly");
    const patience = setTimeout(() => this.#reporter.end(reason), LAST_MS);
    try {
      // Whoever began it hears of its failure.
      await this.#sending?.catch(() => undefined);
      await this.send();
    } finally {
      clearTimeout(patience);
      await this.#file?.settled();
    }
  }

  async #sendAll(): Promise<void> {
    const wasAway = this.#waiting.length > 0;
    try {
      await this.#closeAndSend();
      // What was counted while reports waited.
      if (wasAway && this.#rows.size > 0) await this.#closeAndSend();
    } finally {
      this.#keep();
    }
  }

  async #closeAndSend(): Promise<void> {
    this.#close();
    this.#keep();
    await this.#sendWaiting();
  }

  /** Nothing has to be kept while nothing waits: what is counted then is sent in this interval. */
  #keep(): void {
    const waiting = this.#waiting.length === 0 ? [] : [...this.#waiting, ...this.#counted().reports];
    this.#file?.keep(waiting.filter(({ uses }) => uses.length > 0));
  }

  async #sendWaiting(): Promise<void> {
    for (let report = this.#waiting[0]; report !== undefined; report = this.#waiting[0]) {
      try {
        this.#dropped += this.#callsWithin(report, await this.#reporter.report(report));
      } catch (error) {
        // Sent again, it would be refused again, and hold back all others.
        if (ValidationError.is(error)) this.#drop(report);
        throw error;
      }
      this.#waiting.shift();
    }
  }

  /** How many calls of a report are those of some projects. */
  #callsWithin(report: UseReport, projects: ReadonlySet<string>): number {
    if (report.projects?.every((project) => projects.has(project))) return callsOf(report);
    const uses = report.uses.filter(({ clientId }) => projects.has(this.#projectOf.get(clientId) ?? ""));
    return callsOf({ ...report, uses });
  }

  #drop(report: UseReport): void {
    this.#dropped += callsOf(report);
    this.#waiting.shift();
  }

  /** Closes the time of the counted rows; while the backend is away, it goes on until they fill a report, or for a day. */
  #close(): void {
    const isOpen = this.#rows.size < USES_MAX && this.#clock.now() - this.#from < OPEN_MAX_MS;
    if (isOpen && this.#waiting.length > 0) return;
    const { reports, to } = this.#counted();
    if (this.#waiting.length === 0) this.#projectOf = new Map();
    for (const { client, project } of this.#rows.values()) this.#projectOf.set(client, project);
    this.#waiting.push(...reports);
    this.#rows = new Map();
    this.#name = randomUUID();
    this.#from = to;
  }

  /**
   * What is counted at the moment. Each report has the same name and the same rows when more is counted: one that comes from the
   * disk after the whole of it was sent counts once.
   */
  #counted(): { readonly reports: UseReport[]; readonly to: number } {
    const rows = [...this.#rows.values()];
    const from = this.#from;
    const to = rows.reduce((latest, { last }) => Math.max(latest, last), Math.max(from, this.#clock.now()));
    const about = { gateway: this.#gateway, projects: this.#projects, from: time(from), to: time(to) };
    const reports: UseReport[] = [];
    for (let start = 0; start === 0 || start < rows.length; start += USES_MAX) {
      const uses = rows.slice(start, start + USES_MAX).map(useOf);
      reports.push({ batch: `${this.#name}.${start / USES_MAX}`, ...about, uses });
    }
    return { reports, to };
  }
}

function rowsOf(reports: readonly UseReport[]): number {
  return reports.reduce((sum, { uses }) => sum + uses.length, 0);
}

const time = (ms: number): string => new Date(ms).toISOString();

function useOf({ client, permission, hour, first, last, allowed, refused }: Row): UseReport["uses"][number] {
  return {
    ...{ clientId: client, permission, hour: time(hour * HOUR_MS) },
    ...{ count: allowed, refused, first: time(first), last: time(last) },
  };
}
