import { setTimeout as wait } from "node:timers/promises";
import type { AccessChanges } from "xtremepush-access/schemas";
import type { Moment } from "../clock";
import type { Feed } from "./feed";
import type { Keeper, WorkLog } from "./keeper";
import type { LiveAccess } from "./live-access";
import type { SigningKeys } from "./signing-keys";
import { addPage, applyChanges, type Snapshot, snapshotOf } from "./snapshot";

/** How long the backend holds an answer back while nothing changes, in seconds: a dead connection is noticed soon after. */
const WAIT_S = 5;
/** How long an answer may take besides. */
const PATIENCE_MS = 5_000;
/** How long a page of the snapshot may take. */
const PAGE_MS = 10_000;
/** The pauses after failures: short at first, because a backend that restarts is soon back. */
const PAUSE_MS = { first: 250, longest: 5_000 } as const;

export interface FollowerOptions {
  readonly feed: Feed;
  readonly live: LiveAccess;
  readonly keys: SigningKeys;
  /** Null keeps nothing on disk. */
  readonly keeper: Keeper | null;
  readonly log: WorkLog;
}

/** Keeps what is known of the backend's access up to date: a snapshot first, and then each change. */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #stopping = new AbortController();
  #isFollowing = false;
  /** The generation of the feed that gave the snapshot. */
  #generation = 0;
  #failures = 0;
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
    await this.#options.keeper?.settled();
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        await this.step();
        if (this.#failures > 0) this.#options.log.recovered();
        this.#failures = 0;
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        if (this.#failures === 0) this.#options.log.failed(error);
        this.#failures += 1;
        await this.#pause();
      }
    }
  }

  /** Takes one step: the whole snapshot when there is none that can be followed, else what has changed. For tests too. */
  async step(): Promise<void> {
    const { live, feed } = this.#options;
    const after = live.snapshot?.sequence;
    // Another actor's changes are those of other projects.
    if (!this.#isFollowing || after === undefined || feed.generation() !== this.#generation) {
      await this.#fill();
      return;
    }
    // After a failure, what is known is confirmed at once.
    const wait = this.#failures > 0 ? 0 : WAIT_S;
    const asked = live.now();
    const answer = await feed.changes({ after, wait }, this.#limit(WAIT_S * 1_000 + PATIENCE_MS));
    if (answer.reset) this.#isFollowing = false;
    else await this.#take(answer, { after, asked });
  }

  async #take(
    answer: AccessChanges,
    { after, asked }: { readonly after: string; readonly asked: Moment },
  ): Promise<void> {
    const { live, keys, keeper } = this.#options;
    const { sequence, changes, signingKeys } = answer;
    // First all that can fail, and then both in one turn: nothing is confirmed by half.
    const read = await keys.read(signingKeys);
    const hasOtherKeys = keys.replace(read);
    live.apply(answer, asked);
    keeper?.add({
      ...{ after, sequence, confirmed: live.confirmedTime },
      ...(changes.length > 0 && { changes }),
      ...(hasOtherKeys && { keys: signingKeys }),
    });
  }

  /**
   * Reads all pages, and then what has changed since the first of them, before anybody sees any of it: what was taken away while
   * the pages were read does not come back.
   */
  async #fill(): Promise<void> {
    const { feed, live, keys, keeper } = this.#options;
    const generation = feed.generation();
    const first = await feed.page(undefined, this.#limit(PAGE_MS));
    const snapshot = snapshotOf(first);
    for (let cursor = first.nextCursor; cursor !== null; ) {
      const page = await feed.page(cursor, this.#limit(PAGE_MS));
      if (page.sequence !== first.sequence) throw new Error("the backend began again while its pages were read");
      addPage(snapshot, page);
      cursor = page.nextCursor;
    }
    const { asked, signingKeys } = await this.#catchUp(snapshot);
    const read = await keys.read(signingKeys);
    if (feed.generation() !== generation) throw new Error("the token was replaced while the access was read");
    keys.replace(read);
    live.replace(snapshot, asked);
    this.#generation = generation;
    this.#isFollowing = true;
    keeper?.replace();
  }

  /** Applies all changes to a snapshot that nobody sees yet. @returns the last question, and the keys that came with its answer. */
  async #catchUp(snapshot: Snapshot): Promise<Pick<AccessChanges, "signingKeys"> & { readonly asked: Moment }> {
    const { feed, live } = this.#options;
    for (;;) {
      const asked = live.now();
      const since = await feed.changes({ after: snapshot.sequence, wait: 0 }, this.#limit(PATIENCE_MS));
      if (since.reset) throw new Error("the backend forgot its position while its pages were read");
      applyChanges(snapshot, since.sequence, since.changes);
      if (!since.more) return { asked, signingKeys: since.signingKeys };
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
