import { type AuditEvent, AuditPage, AuditQuery } from "../../schemas/audit";
import type { Core } from "../core";
import { Listing } from "../page";
import { clientPath, projectPath } from "../path";
import { type CallOptions, parseInput } from "../request";

/** Calls about who changed what; the newest change comes first. */
export class AuditResource {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  /**
   * Lists the changes of one client and its grant.
   *
   * @throws NotFoundError when the client never existed; another AccessError for any other failure.
   */
  ofClient(project: string, client: string, query: AuditQuery = {}, options?: CallOptions): Listing<AuditEvent> {
    return this.#list(() => [...clientPath("audit.ofClient", project, client), "audit"], query, options);
  }

  /**
   * Lists the changes of all clients of a project, including the deleted ones.
   *
   * @throws NotFoundError for a project that the actor may not see; another AccessError for any other failure.
   */
  ofProject(project: string, query: AuditQuery = {}, options?: CallOptions): Listing<AuditEvent> {
    return this.#list(() => [...projectPath("audit.ofProject", project), "audit"], query, options);
  }

  /**
   * Lists all changes, including those of actors and projects, and refused attempts. Only for admins.
   *
   * @throws PermissionDeniedError unless the actor is an admin; another AccessError for any other failure.
   */
  all(query: AuditQuery = {}, options?: CallOptions): Listing<AuditEvent> {
    return this.#list(() => ["v1", "audit"], query, options);
  }

  #list(pathOf: () => readonly string[], query: AuditQuery, options: CallOptions | undefined): Listing<AuditEvent> {
    return new Listing(query, async (asked) => {
      const path = pathOf();
      const page = parseInput("audit", AuditQuery, asked);
      return this.#core.call({ method: "GET", path, query: page, answer: AuditPage, repeatable: true, options });
    });
  }
}
