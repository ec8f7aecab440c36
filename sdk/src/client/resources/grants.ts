import { Grant, GrantPut } from "../../schemas/grant";
import type { Core } from "../core";
import { clientPath } from "../path";
import { parseInput, type ReadOptions, stateQuery, type WriteOptions } from "../request";

/** Calls about the permissions of a client. */
export class GrantsResource {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  /**
   * Reads a grant. A grant that was never set is empty and unowned, at revision 0.
   *
   * @throws NotFoundError with `client_not_found`; another AccessError for any other failure.
   */
  async get(project: string, client: string, options?: ReadOptions): Promise<Grant> {
    const path = [...clientPath("grants.get", project, client), "permissions"];
    const query = stateQuery(options);
    return this.#core.call({ method: "GET", path, query, answer: Grant, repeatable: true, options });
  }

  /**
   * Replaces the whole set of permissions; an empty set removes them all. After a lost answer, see
   * RevisionMismatchError.
   *
   * @throws RevisionMismatchError when the grant has changed since `ifMatch`; another AccessError for any other
   * failure.
   */
  async put(project: string, client: string, grant: GrantPut, options: WriteOptions): Promise<Grant> {
    const path = [...clientPath("grants.put", project, client), "permissions"];
    const json = parseInput("grants.put", GrantPut, grant);
    return this.#core.call({ method: "PUT", path, json, answer: Grant, repeatable: true, options });
  }
}
