import { Actor, ActorCreate, ActorCreated, ActorPage, ActorRotate } from "../../schemas/actor";
import { ListQuery } from "../../schemas/project";
import { TrustedActorCreate } from "../../schemas/trust";
import type { Core } from "../core";
import { Listing } from "../page";
import { actorPath } from "../path";
import { type CallOptions, parseInput } from "../request";

/** Calls about the actors of the management API; only admins may make them, but for `own`. */
export class ActorsResource {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  /**
   * Creates an actor. Only this answer ever contains its token.
   *
   * A lost answer is not retried, because the token is lost with it: revoke that actor and create another.
   *
   * @throws ConflictError with `name_taken` when an actor has or had the name; another AccessError for any other
   * failure.
   */
  async create(actor: ActorCreate, options?: CallOptions): Promise<ActorCreated> {
    const json = parseInput("actors.create", ActorCreate, actor);
    return this.#core.call({
      method: "POST",
      path: ["v1", "actors"],
      json,
      answer: ActorCreated,
      repeatable: false,
      options,
    });
  }

  /**
   * Creates an actor without a token of its own: the token endpoint gives it one for an ID token that has the claims of
   * `trust` (`oauth.exchange`).
   *
   * @throws NotFoundError with `issuer_not_found`; ConflictError with `name_taken`; another AccessError for any other failure.
   */
  async createTrusted(actor: TrustedActorCreate, options?: CallOptions): Promise<Actor> {
    const json = parseInput("actors.createTrusted", TrustedActorCreate, actor);
    const path = ["v1", "trusted-actors"];
    return this.#core.call({ method: "POST", path, json, answer: Actor, repeatable: false, options });
  }

  /**
   * Replaces the token of an actor; the token of before works on for `overlap`, and without it ends at once. Only this answer
   * ever contains the new token.
   *
   * @throws NotFoundError with `actor_not_found`; another AccessError for any other failure.
   */
  async rotate(actor: string, change: ActorRotate = {}, options?: CallOptions): Promise<ActorCreated> {
    const json = parseInput("actors.rotate", ActorRotate, change);
    const path = [...actorPath("actors.rotate", actor), "token"];
    return this.#core.call({ method: "POST", path, json, answer: ActorCreated, repeatable: false, options });
  }

  /**
   * Reads the actor whose token this client has: its role, projects, ceiling and end.
   *
   * @throws NotFoundError with `route_not_found` from a backend that has no such call yet; another AccessError for any
   * other failure.
   */
  async own(options?: CallOptions): Promise<Actor> {
    return this.#core.call({ method: "GET", path: ["v1", "actor"], answer: Actor, repeatable: true, options });
  }

  /**
   * Lists all actors, including the revoked ones.
   *
   * @throws AccessError when a page cannot be read; PermissionDeniedError unless the actor is an admin.
   */
  list(query: ListQuery = {}, options?: CallOptions): Listing<Actor> {
    return new Listing(query, async (asked) => {
      const page = parseInput("actors.list", ListQuery, asked);
      return this.#core.call({
        method: "GET",
        path: ["v1", "actors"],
        query: page,
        answer: ActorPage,
        repeatable: true,
        options,
      });
    });
  }

  /**
   * Revokes an actor's token permanently. The last admin cannot be revoked (ConflictError with `last_admin`).
   *
   * @throws NotFoundError with `actor_not_found`; another AccessError for any other failure.
   */
  async revoke(actor: string, options?: CallOptions): Promise<void> {
    const path = actorPath("actors.revoke", actor);
    return this.#core.call({ method: "DELETE", path, answer: null, repeatable: true, options });
  }
}
