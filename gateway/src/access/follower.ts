import { setTimeout as wait } from "node:timers/promises";
import type { AccessChanges } from "xtremepush-access/schemas";
import type { Feed } from "./feed";
import type { Journal } from "./journal";
import type { LiveAccess } from "./live-access";
import type { SigningKeys } from "./signing-keys";
import { addPage, applyChanges, snapshotOf } from "./snapshot";

/** How long the backend holds an answer back while nothing changes, in seconds: a dead connection is noticed soon after. */
const WAIT_S = 10;
/** How long an answer may take besides. */
const PATIENCE_MS = 10_000;
/** The pauses after failures: short at first, because a backend that restarts is soon back. */
const PAUSE_MS = { first: 250, longest: 5_000 } as const;

/** What a follower reports. */
export interface FollowerLog {
  /** Called at the first failure of a row, and at one that differs from the one before. */
  failed(what: "feed" | "disk", error: unknown): void;
  /** Called at the first success after failures. */
  recovered(what: "feed" | "disk"): void;
}

export interface FollowerOptions {
  readonly feed: Feed;
  readonly live: LiveAccess;
  readonly keys: SigningKeys;
  /** Null keeps nothing on disk. */
  readonly journal: Journal | null;
  readonly log: FollowerLog;
}

/** Keeps what is known of the backend's access up to date: a snapshot first, and then each change. */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #stopping = new AbortController();
  #isFollowing = false;
  #failures = 0;
  #isDiskFailing = false;
  #running: Promise<void> = Promise.resolve();

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  /** Whether the last call of the backend succeeded. */
  get isConnected(): boolean {
    return this.#isFollowing && this.#failures === 0;
  }

  /** Follows until it is stopped. */
  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        await this.step();
        if (this.#failures > 0) this.#options.log.recovered("feed");
        this.#failures = 0;
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        if (this.#failures === 0) this.#options.log.failed("feed", error);
        this.#failures += 1;
        await this.#pause();
      }
    }
  }

  /** Takes one step: the whole snapshot when there is none that can be followed, else what has changed. For tests too. */
  async step(): Promise<void> {
    const { live, feed } = this.#options;
    const after = live.snapshot?.sequence;
    if (!this.#isFollowing || after === undefined) {
      await this.#fill();
      return;
    }
    // After a failure, what is known is confirmed at once.
    const wait = this.#failures > 0 ? 0 : WAIT_S;
    const answer = await feed.changes({ after, wait }, this.#limit(WAIT_S * 1_000 + PATIENCE_MS));
    if (answer.reset) this.#isFollowing = false;
    else await this.#take(answer);
  }

  async #take(answer: AccessChanges): Promise<void> {
    this.#options.live.apply(answer);
    const hasOtherKeys = await this.#options.keys.replace(answer.signingKeys);
    await this.#remember(answer, hasOtherKeys);
  }

  /**
   * Reads all pages, and then what has changed since the first of them, before anybody sees any of it: what was taken away while
   * the pages were read does not come back.
   */
  async #fill(): Promise<void> {
    const { feed, live, keys } = this.#options;
    const first = await feed.page(undefined, this.#limit(PATIENCE_MS));
    const snapshot = snapshotOf(first);
    for (let cursor = first.nextCursor; cursor !== null; ) {
      const page = await feed.page(cursor, this.#limit(PATIENCE_MS));
      if (page.sequence !== first.sequence) throw new Error("the backend began again while its pages were read");
      addPage(snapshot, page);
      cursor = page.nextCursor;
    }
    const since = await feed.changes({ after: first.sequence, wait: 0 }, this.#limit(PATIENCE_MS));
    if (since.reset) throw new Error("the backend forgot its position while its pages were read");
    applyChanges(snapshot, since.sequence, since.changes);
    await keys.replace(since.signingKeys);
    live.replace(snapshot);
    this.#isFollowing = true;
    await this.#rememberAll();
  }

  async #remember({ sequence, changes, signingKeys }: AccessChanges, hasOtherKeys: boolean): Promise<void> {
    const { journal, live } = this.#options;
    if (journal === null) return;
    if (this.#isDiskFailing || journal.isLong) return this.#rememberAll();
    const addition = {
      ...{ sequence, confirmed: live.confirmedTime },
      ...(changes.length > 0 && { changes }),
      ...(hasOtherKeys && { keys: signingKeys }),
    };
    await this.#write(() => journal.add(addition));
  }

  async #rememberAll(): Promise<void> {
    const { journal, live, keys } = this.#options;
    const { snapshot } = live;
    if (journal === null || snapshot === null) return;
    await this.#write(() => journal.rewrite(snapshot, live.confirmedTime, keys.set));
  }

  /** A disk that takes nothing must not stop changes: what is on it only becomes older. */
  async #write(write: () => Promise<void>): Promise<void> {
    const { log } = this.#options;
    try {
      await write();
      if (this.#isDiskFailing) log.recovered("disk");
      this.#isDiskFailing = false;
    } catch (error) {
      if (!this.#isDiskFailing) log.failed("disk", error);
      this.#isDiskFailing = true;
    }
  }

  async #pause(): Promise<void> {
    const longest = Math.min(PAUSE_MS.first * 2 ** (this.#failures - 1), PAUSE_MS.longest);
    const pause = longest * (0.5 + Math.random() / 2);
    await wait(pause, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
  }

  #limit(ms: number): AbortSignal {
    return AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(ms)]);
  }
}
