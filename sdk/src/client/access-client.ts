import { Core } from "./core";
import type { WriteListener } from "./request";
import { ActorsResource } from "./resources/actors";
import { AuditResource } from "./resources/audit";
import { BackendResource } from "./resources/backend";
import { CatalogResource } from "./resources/catalog";
import { ClientsResource } from "./resources/clients";
import { GrantsResource } from "./resources/grants";
import { OAuthResource } from "./resources/oauth";
import { ProjectsResource } from "./resources/projects";

/** How an AccessClient reaches its backend. */
export interface AccessClientOptions {
  /**
   * The backend's address, `https:`, with a path prefix where it has one; `http:` to this machine only.
   *
   * The proxy variables of the environment (HTTPS_PROXY, NO_PROXY) are obeyed, except for this machine; a proxy carries
   * the encrypted connection and sees no token.
   */
  readonly endpoint: string;
  /** An actor's token. Only `oauth.token`, `oauth.keys` and `oauth.metadata` work without one. */
  readonly token?: string | undefined;
  /**
   * The longest time of one attempt, in milliseconds; waits between attempts come on top.
   * @default 30000
   */
  readonly timeoutMs?: number | undefined;
  /**
   * How many calls are under way at once; the others wait for their turn.
   * @default 8
   */
  readonly maxParallel?: number | undefined;
  /**
   * How often a call is sent again after a failure that may pass.
   * @default 4
   */
  readonly maxRetries?: number | undefined;
  /** Who calls, put before this package's own name in the User-Agent header. */
  readonly userAgent?: string | undefined;
}

/**
 * A typed client of the API Integrations backend: keeps its connections, limits parallel calls, repeats what may be
 * repeated, and rejects with an AccessError that never holds the token. It logs nothing.
 *
 * Repeated are connection errors, timeouts, 408, 500, 502, 503 and 504, with exponential backoff (0.5 s doubling up to
 * 10 s, full jitter), where a second effect does no harm: every read, every write with a revision, and a client's
 * create with `managedBy`. Other creates are repeated only when no connection was made. A 429 holds back all calls of
 * this client. Retry-After is obeyed up to 60 s, but shortens no backoff
 * except a 429's; beyond that the call fails at once.
 *
 * @throws ValidationError when an option does not fit.
 * @example
 * ```ts
 * const access = new AccessClient({ endpoint: "http://127.0.0.1:8420", token: process.env["XTREMEPUSH_TOKEN"] });
 * const client = await access.clients.create("retail", { name: "CRM sync" });
 * await access.grants.put("retail", client.id, { permissions: ["list:profile"] }, { ifMatch: 0 });
 * ```
 */
export class AccessClient {
  readonly backend: BackendResource;
  readonly projects: ProjectsResource;
  readonly clients: ClientsResource;
  readonly grants: GrantsResource;
  readonly audit: AuditResource;
  readonly actors: ActorsResource;
  readonly catalog: CatalogResource;
  readonly oauth: OAuthResource;
  readonly #core: Core;

  constructor(options: AccessClientOptions) {
    const core = new Core(options);
    this.#core = core;
    this.backend = new BackendResource(core);
    this.projects = new ProjectsResource(core);
    this.clients = new ClientsResource(core);
    this.grants = new GrantsResource(core);
    this.audit = new AuditResource(core);
    this.actors = new ActorsResource(core);
    this.catalog = new CatalogResource(core);
    this.oauth = new OAuthResource(core);
  }
  /**
   * Listens to every call of this client, from now on, that may change something: each that is not a GET. A cache of
   * reads ends here.
   *
   * @example
   * ```ts
   * access.onWrite(() => () => cache.clear());
   * ```
   */
  onWrite(listener: WriteListener): void {
    this.#core.onWrite(listener);
  }
}
