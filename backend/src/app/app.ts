import rateLimit from "@fastify/rate-limit";
import swagger from "@fastify/swagger";
import { type FastifyInstance, fastify, LogController } from "fastify";
import { validatorCompiler, type ZodTypeProvider } from "fastify-type-provider-zod";
import type { Registry } from "prom-client";
import { makeIdentifier } from "../credentials/identifiers";
import type { Database } from "../database/open";
import { SharedReads } from "../database/shared-reads";
import { AccessFeed, announceWrites } from "../http/access-feed";
import { makeAuthorize, makeRefusalRecorder } from "../http/authorization";
import { challengeBearers } from "../http/bearer-challenge";
import { answerBrokenRequest, answerError, PATH_PART_MAX } from "../http/error-handler";
import { JSON_BODY_MAX, readJsonBodies } from "../http/json-body";
import { DEFAULT_LIMITS, type Limits } from "../http/limits";
import type { LogSettings } from "../http/log-settings";
import { refuseUnrouted } from "../http/method-not-allowed";
import { makeMetrics, measureRequests } from "../http/metrics";
import { describeApi } from "../http/openapi/document";
import { actorLimit, limitAddresses } from "../http/rate-limits";
import { checkHeads } from "../http/request-head";
import { loggerOptions, logRequests } from "../http/request-log";
import { accessRoutes } from "../http/routes/access";
import { actorRoutes } from "../http/routes/actors";
import { auditRoutes } from "../http/routes/audit";
import { backendRoutes } from "../http/routes/backend";
import { clientRoutes } from "../http/routes/clients";
import { deliveryRoutes } from "../http/routes/deliveries";
import { environmentRoutes } from "../http/routes/environments";
import { grantRoutes } from "../http/routes/grants";
import { healthRoutes } from "../http/routes/health";
import { issuerRoutes } from "../http/routes/issuers";
import { operationsRoutes } from "../http/routes/operations";
import { projectRoutes } from "../http/routes/projects";
import { useRoutes } from "../http/routes/use";
import type { Services } from "../http/services";
import { prepareStopping } from "../http/stopping";
import { tellTokenEnd } from "../http/token-end";
import { addBackendMetrics } from "../metrics/backend-metrics";
import type { AssertionsWithoutJti } from "../oauth/oauth-services";
import { registerOAuth } from "../oauth/plugin";
import { findAccessHead } from "../store/access-changes";
import { findLive } from "../store/access-tokens";
import { maintainDatabase, purgeHourly } from "./maintenance";
import { VERSION } from "./version";

export type { LogSettings } from "../http/log-settings";

/** What a backend needs to answer requests. */
export interface AppOptions {
  readonly database: Database;
  readonly clock: () => Date;
  /** The public address of this backend, such as `https://access.example.com`. */
  readonly issuer: string;
  /** @default the package's own */
  readonly version?: string;
  /** @default nothing is logged */
  readonly log?: LogSettings;
  /** Addresses of the proxies whose forwarded headers are trusted. @default none */
  readonly trustedProxies?: readonly string[];
  /** Serves `/openapi.json` and `/docs` to everybody, not only to actors. */
  readonly publicDocs?: boolean;
  /** Serves `/metrics` to everybody, not only to actors. */
  readonly publicMetrics?: boolean;
  readonly limits?: Partial<Limits>;
  /** Metrics of the process, which are served with those of the backend. @default none */
  readonly processMetrics?: Registry;
  /** Encrypts the private signing keys in the database. @default null: they are stored unencrypted */
  readonly key?: Uint8Array | null;
  /** The clients whose assertions may lack a jti; such an assertion can be replayed until it expires. @default none */
  readonly assertionsWithoutJti?: AssertionsWithoutJti;
}

/** Builds the backend, ready to listen. */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const version = options.version ?? VERSION;
  const { db, notifications } = options.database;
  const feed = new AccessFeed({ notifications, read: () => findAccessHead(db) });
  const services: Services = {
    database: options.database,
    clock: options.clock,
    issuer: options.issuer,
    version,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    metrics: makeMetrics(options.database),
    live: new SharedReads((queries) => findLive(options.database.db, queries)),
  };
  const app = makeServer(options);
  registries.set(app, services.metrics.registry);
  addBackendMetrics(services.metrics.registry, {
    ...{ version, database: options.database, clock: options.clock, processMetrics: options.processMetrics },
    onFailure: (error) => app.log.warn({ err: error }, "the metrics of the database could not be read"),
  });
  prepareStopping(app);
  prepareAnswers(app);
  app.addHook("onError", makeRefusalRecorder(services));
  challengeBearers(app, services.issuer);
  logRequests(app);
  measureRequests(app, services.metrics);
  announceWrites(app, feed, notifications);
  await app.register(rateLimit, { global: false });
  limitAddresses(app, services.limits);
  tellTokenEnd(app);
  checkHeads(app);
  await app.register(swagger, describeApi(services));
  refuseUnrouted(app);
  await registerRoutes(app, { services, options, feed });
  maintainDatabase(app, options.database);
  purgeHourly(app, services);
  await app.ready();
  return app;
}

const registries = new WeakMap<FastifyInstance, Registry>();

/** The metrics of an app. */
export function metricsOf(app: FastifyInstance): Registry {
  const registry = registries.get(app);
  if (registry === undefined) throw new Error("only an app of buildApp has metrics");
  return registry;
}

function makeServer({ log, trustedProxies = [] }: AppOptions): FastifyInstance {
  const app = fastify({
    logger: log === undefined ? false : loggerOptions(log),
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: "requestId" }),
    genReqId: () => makeIdentifier("xpr"),
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    bodyLimit: JSON_BODY_MAX,
    requestTimeout: 30_000,
    // Longer than the idle time of common load balancers, so that they close first and never write to a closed socket.
    keepAliveTimeout: 75_000,
    routerOptions: { maxParamLength: PATH_PART_MAX },
    frameworkErrors: (error, request, reply) => answerError(error, request, reply),
    clientErrorHandler: answerBrokenRequest,
  });
  app.removeContentTypeParser("text/plain");
  readJsonBodies(app);
  return app;
}

function prepareAnswers(app: FastifyInstance): void {
  app.setValidatorCompiler(validatorCompiler);
  // Typed code makes the answers; to validate them again would cost more than to make them.
  app.setSerializerCompiler(() => JSON.stringify);
  app.setErrorHandler(answerError);
  app.addHook("onRequest", async (request, reply) => {
    // Answers contain secrets and live state: nothing between the backend and the caller may store them.
    reply.headers({ "x-request-id": request.id, "cache-control": "no-store", "x-content-type-options": "nosniff" });
  });
}

async function registerRoutes(
  app: FastifyInstance,
  { services, options, feed }: { services: Services; options: AppOptions; feed: AccessFeed },
): Promise<void> {
  const router = app.withTypeProvider<ZodTypeProvider>();
  const authorize = makeAuthorize(services, actorLimit(app, services.limits));
  const settings = { services, authorize };
  backendRoutes(router, settings);
  projectRoutes(router, settings);
  clientRoutes(router, settings);
  grantRoutes(router, settings);
  deliveryRoutes(router, settings);
  auditRoutes(router, settings);
  actorRoutes(router, settings);
  useRoutes(router, settings);
  issuerRoutes(router, settings);
  environmentRoutes(router, settings);
  healthRoutes(router, settings);
  const { publicDocs = false, publicMetrics = false, key = null, assertionsWithoutJti = [] } = options;
  const signingKeys = await registerOAuth(app, { ...settings, key, assertionsWithoutJti });
  accessRoutes(router, { ...settings, feed, signingKeys: () => signingKeys.jwks() });
  await operationsRoutes(router, { ...settings, publicDocs, publicMetrics });
}
