import { Core } from "./core";
import type { WriteListener } from "./request";
import { ActorsResource } from "./resources/actors";
import { AuditResource } from "./resources/audit";
import { BackendResource } from "./resources/backend";
import { CatalogResource } from "./resources/catalog";
import { ClientsResource } from "./resources/clients";
import { DeliveriesResource } from "./resources/deliveries";
import { EnvironmentsResource } from "./resources/environments";
import { FeedResource } from "./resources/feed";
import { GrantsResource } from "./resources/grants";
import { IssuersResource } from "./resources/issuers";
import { OAuthResource } from "./resources/oauth";
import { ProjectsResource } from "./resources/projects";
import { UseResource } from "./resources/use";

/** How an AccessClient reaches its backend. */
export interface AccessClientOptions {
  /**
   * The backend's address: `https:`, with its path prefix if it has one; `http:` only for this machine.
   *
   * The client uses the proxy variables of the environment (HTTPS_PROXY, NO_PROXY), except for this machine. A proxy
   * carries the encrypted connection and never sees the token.
   */
  readonly endpoint: string;
  /**
   * An actor's token, or a function that gives one for each call, as `pipelineToken` does. Only `oauth.token`,
   * `oauth.exchange`, `oauth.keys` and `oauth.metadata` work without one.
   */
  readonly token?: string | (() => Promise<string>) | undefined;
  /**
   * The maximum time of one attempt, in milliseconds, without the waits between attempts.
   * @default 30000
   */
  readonly timeoutMs?: number | undefined;
  /**
   * How many calls run at once; further calls wait in a queue.
   * @default 8
   */
  readonly maxParallel?: number | undefined;
  /**
   * How many times a call is retried after a transient failure.
   * @default 4
   */
  readonly maxRetries?: number | undefined;
  /** The caller's name, placed before this package's name in the User-Agent header. */
  readonly userAgent?: string | undefined;
  /**
   * Receives the end of the token from each answer that tells it: of a token that is a string and has an end.
   * `warnBeforeTokenEnd` makes one that shows a warning.
   */
  readonly onTokenEnd?: ((end: Date) => void) | undefined;
}

/**
 * A typed client for the API Integrations backend. It keeps connections open, limits parallel calls, retries where that
 * is safe, and rejects with an AccessError that never contains the token. It logs nothing.
 *
 * It retries connection errors, timeouts, 408, 500, 502, 503 and 504, with exponential backoff (0.5 s, doubling up to
 * 10 s, full jitter), where a second effect does no harm: every read, every write with a revision, and the create of a
 * client with `managedBy`. It retries other creates only when no connection was made. A 429 holds back all calls of
 * this client. It waits for Retry-After up to 60 s and fails at once beyond that; except on a 429, Retry-After never
 * shortens the backoff.
 *
 * @throws ValidationError when an option is not valid.
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
  readonly deliveries: DeliveriesResource;
  readonly audit: AuditResource;
  readonly environments: EnvironmentsResource;
  readonly actors: ActorsResource;
  readonly issuers: IssuersResource;
  readonly catalog: CatalogResource;
  readonly oauth: OAuthResource;
  readonly feed: FeedResource;
  readonly use: UseResource;
  readonly #core: Core;

  constructor(options: AccessClientOptions) {
    const core = new Core(options);
    this.#core = core;
    this.backend = new BackendResource(core);
    this.projects = new ProjectsResource(core);
    this.clients = new ClientsResource(core);
    this.grants = new GrantsResource(core);
    this.deliveries = new DeliveriesResource(core);
    this.audit = new AuditResource(core);
    this.environments = new EnvironmentsResource(core);
    this.actors = new ActorsResource(core);
    this.issuers = new IssuersResource(core);
    this.catalog = new CatalogResource(core);
    this.oauth = new OAuthResource(core);
    this.feed = new FeedResource(core);
    this.use = new UseResource(core);
  }
  /**
   * Calls the listener for every later call of this client that may change something: each that is not a GET. Use it to
   * clear a cache of reads.
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
