import { randomUUID } from "node:crypto";
import { NotFoundError } from "xtremepush-access";
import type { UseReport } from "xtremepush-access/schemas";
import type { Clock } from "../clock";
import type { Feed } from "./feed";

const PATIENCE_MS = 10_000;
/** After so long, a hidden project is tried again: the actor may have got it back. */
const HIDDEN_MS = 600_000;

/**
 * Reports the use of those projects that the backend shows to the gateway: it refuses a report as a whole that names another,
 * as one that was removed, or that the actor of a new token does not see.
 */
export class UseReporter {
  readonly #feed: Feed;
  readonly #clock: Clock;
  readonly #onHidden: (projects: readonly string[]) => void;
  #hidden: ReadonlySet<string> = new Set();
  #hiddenSince = Number.NEGATIVE_INFINITY;
  readonly #ending = new AbortController();

  /** `onHidden` hears once of each project that the backend does not show. */
  constructor(feed: Feed, clock: Clock, onHidden: (projects: readonly string[]) => void) {
    this.#feed = feed;
    this.#clock = clock;
    this.#onHidden = onHidden;
  }

  /** Sends a report. @returns the projects that it was sent without @throws what the backend's call throws */
  async report(report: UseReport): Promise<ReadonlySet<string>> {
    const projects = report.projects ?? [];
    const isKnown = this.#clock.monotonic() - this.#hiddenSince < HIDDEN_MS;
    const left = projects.filter((project) => !(isKnown && this.#hidden.has(project)));
    try {
      await this.#send(report, left);
      if (!isKnown) this.#replaceHidden(projects, []);
    } catch (error) {
      if (!isOfHiddenProject(error)) throw error;
      const hidden = await this.#hiddenAmong(report, projects);
      this.#replaceHidden(projects, hidden);
      this.#hiddenSince = this.#clock.monotonic();
      await this.#send(
        report,
        projects.filter((project) => !this.#hidden.has(project)),
      );
    }
    return this.#hidden;
  }

  /** Ends what is being sent, and sends nothing more. */
  end(reason: Error): void {
    this.#ending.abort(reason);
  }

  /** With the same name whatever its projects are, so that it counts once. */
  async #send(report: UseReport, projects: string[]): Promise<void> {
    if (projects.length === 0) return;
    const signal = AbortSignal.any([this.#ending.signal, AbortSignal.timeout(PATIENCE_MS)]);
    await this.#feed.report({ ...report, projects }, signal);
  }

  /** Asks with reports without uses, by halves: the error names only one of them, and only in its text. */
  async #hiddenAmong(report: UseReport, projects: string[]): Promise<string[]> {
    try {
      await this.#send({ ...report, batch: randomUUID(), uses: [] }, projects);
      return [];
    } catch (error) {
      if (!isOfHiddenProject(error)) throw error;
      if (projects.length === 1) return projects;
      const half = Math.ceil(projects.length / 2);
      const first = await this.#hiddenAmong(report, projects.slice(0, half));
      return [...first, ...(await this.#hiddenAmong(report, projects.slice(half)))];
    }
  }

  #replaceHidden(asked: readonly string[], hidden: readonly string[]): void {
    const fresh = hidden.filter((project) => !this.#hidden.has(project));
    const others = [...this.#hidden].filter((project) => !asked.includes(project));
    this.#hidden = new Set([...others, ...hidden]);
    if (fresh.length > 0) this.#onHidden(fresh);
  }
}

function isOfHiddenProject(error: unknown): boolean {
  return NotFoundError.is(error) && error.code === "project_not_found";
}
