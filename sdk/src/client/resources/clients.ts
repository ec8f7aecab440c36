import {
  Client,
  ClientChanged,
  ClientCreate,
  ClientCreated,
  ClientDeleted,
  ClientPage,
  ClientPatch,
  ClientQuery,
  ClientRestore,
  type ClientWithGrant,
} from "../../schemas/client";
import type { Core } from "../core";
import { Listing } from "../page";
import { clientPath, projectPath } from "../path";
import {
  type CallOptions,
  type DeleteOptions,
  deleteQuery,
  parseInput,
  type ReadOptions,
  stateQuery,
  type WriteOptions,
} from "../request";

/** Calls about the clients of a project. */
export class ClientsResource {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  /**
   * Creates a client. Only this answer ever contains its secret.
   *
   * With `managedBy`, a lost answer is retried, because the backend then finds the client that the first attempt
   * created.
   *
   * @throws ConflictError with `name_taken` or `owner_conflict`; another AccessError for any other failure.
   */
  async create(project: string, client: ClientCreate, options?: CallOptions): Promise<ClientCreated> {
    const path = [...projectPath("clients.create", project), "clients"];
    const json = parseInput("clients.create", ClientCreate, client);
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
      const page = parseInput("clients.list", ClientQuery, asked);
      return this.#core.call({ method: "GET", path, query: page, answer: ClientPage, repeatable: true, options });
    });
  }

  /**
   * Reads a client, without its grant.
   *
   * @throws NotFoundError with `client_not_found`; another AccessError for any other failure.
   */
  async get(project: string, client: string, options?: ReadOptions): Promise<Client> {
    const path = clientPath("clients.get", project, client);
    const query = stateQuery(options);
    return this.#core.call({ method: "GET", path, query, answer: Client, repeatable: true, options });
  }

  /**
   * Changes the given fields, all or none of them. Only this answer ever contains a secret that the change creates.
   * After a lost answer, see RevisionMismatchError.
   *
   * @throws RevisionMismatchError when the client has changed since `ifMatch`, ConflictError with `name_taken`,
   * `owner_conflict`, `secret_version_conflict` or `too_many_secrets`, or another AccessError.
   */
  async update(project: string, client: string, patch: ClientPatch, options: WriteOptions): Promise<ClientChanged> {
    const path = clientPath("clients.update", project, client);
    const json = parseInput("clients.update", ClientPatch, patch);
    return this.#core.call({ method: "PATCH", path, json, answer: ClientChanged, repeatable: true, options });
  }

  /**
   * Deletes a client and its grant; it can be restored for 30 days. Returns the client as it was last, and
   * the grant, which a backend of an older version leaves out. After a lost answer, a NotFoundError with `client_not_found` means that the client is deleted.
   *
   * @throws RevisionMismatchError when the client has changed since `ifMatch`, ConflictError with `owner_conflict` when
   * its permissions have another owner than `grantOwnerPrefix`, or another AccessError.
   */
  async delete(project: string, client: string, options: DeleteOptions): Promise<ClientDeleted> {
    const path = clientPath("clients.delete", project, client);
    const query = deleteQuery(options);
    return this.#core.call({ method: "DELETE", path, query, answer: ClientDeleted, repeatable: true, options });
  }

  /**
   * Restores a client that was deleted in the last 30 days, with its ID and its grant. It has no owner unless you pass
   * `managedBy`. Its secrets and keys stay invalid. A live client does not change.
   *
   * @throws NotFoundError with `client_not_found`, ConflictError with `name_taken`, `owner_conflict` or, for a live client
   * with another name or owner than you pass, `client_not_deleted`, or another AccessError.
   */
  async restore(project: string, client: string, restore?: ClientRestore, options?: CallOptions): Promise<Client> {
    const path = [...clientPath("clients.restore", project, client), "restore"];
    const json = parseInput("clients.restore", ClientRestore, restore ?? {});
    return this.#core.call({ method: "POST", path, json, answer: Client, repeatable: true, options });
  }
}
