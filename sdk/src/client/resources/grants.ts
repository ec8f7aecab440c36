import { Grant, GrantPut } from "../../schemas/grant";
import type { Core } from "../core";
import { clientPath } from "../path";
import { parseInput, type ReadOptions, stateQuery, type WriteOptions } from "../request";

/** Calls about what a client may do. */
export class GrantsResource {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  /**
   * Reads a grant; one that was never set is empty, at revision 0 and of nobody.
   *
   * @throws NotFoundError with `client_not_found`; another AccessError for any other failure.
   */
  async get(project: string, client: string, options?: ReadOptions): Promise<Grant> {
    const path = [...clientPath("grants.get", project, client), "permissions"];
    const query = stateQuery(options);
    return this.#core.call({ method: "GET", path, query, answer: Grant, repeatable: true, options });
  }

  /**
   * Replaces the whole set; the empty one takes the grant away. See RevisionMismatchError for what follows a lost
   * answer.
   *
   * @throws RevisionMismatchError when it was changed since `ifMatch`; another AccessError for any other failure.
   */
  async put(project: string, client: string, grant: GrantPut, options: WriteOptions): Promise<Grant> {
    const path = [...clientPath("grants.put", project, client), "permissions"];
    const json = parseInput("grants.put", GrantPut, grant);
    return this.#core.call({ method: "PUT", path, json, answer: Grant, repeatable: true, options });
  }
}
