import {
  Client,
  ClientCreate,
  ClientCreated,
  ClientPage,
  ClientPatch,
  ClientQuery,
  type ClientWithGrant,
} from "../../schemas/client";
import type { Core } from "../core";
import { Listing } from "../page";
import { clientPath, projectPath } from "../path";
import { type CallOptions, checked, type WriteOptions } from "../request";

/** Calls about the clients of a project. */
export class ClientsCalls {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  /**
   * Makes a client; the answer is the only one that ever holds its secret.
   *
   * With `managedBy` it is repeated when its answer is lost, because the backend then finds the client that is there.
   *
   * @throws ConflictError with `name_taken` or `owner_conflict`; another AccessError for any other failure.
   */
  async create(project: string, client: ClientCreate, options?: CallOptions): Promise<ClientCreated> {
    const path = [...projectPath("clients.create", project), "clients"];
    const json = checked("clients.create", ClientCreate, client);
    const repeatable = json.managedBy != null;
    return this.#core.call({ method: "POST", path, json, answer: ClientCreated, repeatable, options });
  }

  /**
   * Lists clients with their grants.
   *
   * @throws NotFoundError for a project that the actor may not see; another AccessError for any other failure.
   */
  list(project: string, query: ClientQuery = {}, options?: CallOptions): Listing<ClientWithGrant> {
    return new Listing(query, async (asked) => {
      const path = [...projectPath("clients.list", project), "clients"];
      const page = checked("clients.list", ClientQuery, asked);
      return this.#core.call({ method: "GET", path, query: page, answer: ClientPage, repeatable: true, options });
    });
  }

  /**
   * Reads a client, without its grant.
   *
   * @throws NotFoundError with `client_not_found`; another AccessError for any other failure.
   */
  async get(project: string, client: string, options?: CallOptions): Promise<Client> {
    const path = clientPath("clients.get", project, client);
    return this.#core.call({ method: "GET", path, answer: Client, repeatable: true, options });
  }

  /**
   * Changes the fields that are given, all or none. See RevisionMismatchError for what follows a lost answer.
   *
   * @throws RevisionMismatchError when changed since `ifMatch`, ConflictError with `name_taken`, or another AccessError.
   */
  async update(project: string, client: string, patch: ClientPatch, options: WriteOptions): Promise<Client> {
    const path = clientPath("clients.update", project, client);
    const json = checked("clients.update", ClientPatch, patch);
    return this.#core.call({ method: "PATCH", path, json, answer: Client, repeatable: true, options });
  }

  /**
   * Removes a client and its grant. After a lost answer, a NotFoundError with `client_not_found` means that it is done.
   *
   * @throws RevisionMismatchError when it was changed since `ifMatch`; another AccessError for any other failure.
   */
  async delete(project: string, client: string, options: WriteOptions): Promise<void> {
    const path = clientPath("clients.delete", project, client);
    return this.#core.call({ method: "DELETE", path, answer: null, repeatable: true, options });
  }
}
