import { AccessChanges, AccessChangesQuery, AccessPage, AccessQuery } from "../../schemas/access";
import type { Core } from "../core";
import { type CallOptions, parseInput } from "../request";

/** What gateways read: which client may do what, and each change of it. Every role may read the feed of its projects. */
export class FeedResource {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  /**
   * Reads one page of the snapshot of all clients. Read on with `nextCursor` until that is null, then ask for the changes
   * after the `sequence`, which is the same on every page.
   *
   * @throws NotFoundError for a project that the actor may not see; another AccessError for any other failure.
   */
  async page(query: AccessQuery = {}, options?: CallOptions): Promise<AccessPage> {
    const page = parseInput("feed.page", AccessQuery, query);
    return this.#core.call({
      method: "GET",
      path: ["v1", "access"],
      query: page,
      answer: AccessPage,
      repeatable: true,
      options,
    });
  }

  /**
   * Reads the changes after a sequence. It answers at once when there are any, else after the first change or after `wait`
   * seconds. With `more` true, ask again at once; with `reset` true, read a new snapshot.
   *
   * @throws AccessError when the backend cannot be reached or refuses the token.
   */
  async changes(query: AccessChangesQuery, options?: CallOptions): Promise<AccessChanges> {
    const asked = parseInput("feed.changes", AccessChangesQuery, query);
    const path = ["v1", "access", "changes"];
    return this.#core.call({ method: "GET", path, query: asked, answer: AccessChanges, repeatable: true, options });
  }
}
