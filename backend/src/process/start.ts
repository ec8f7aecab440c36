import { existsSync } from "node:fs";
import type { FastifyInstance } from "fastify";
import { buildApp, type LogSettings, metricsOf } from "../app/app";
import { VERSION } from "../app/version";
import { DiskFullError } from "../database/disk-space";
import type { FolderLocation } from "../database/embedded";
import { DatabaseEndedError } from "../database/lasting-pglite";
import type { Report } from "../database/migrate";
import { type Database, openDatabase } from "../database/open";
import { StartFailure } from "../failures/start-failure";
import { drain } from "../http/stopping";
import { processMetrics } from "../metrics/process-metrics";
import { serverVersion } from "../store/backend";
import { adminTokenPath } from "./admin-token-file";
import { bootstrap } from "./bootstrap";
import { Closers } from "./closers";
import { databaseFolder, prepareDataFolder } from "./data-folder";
import { databaseFailure } from "./database-failure";
import { warnEarly } from "./early-log";
import { fileFailure } from "./file-failure";
import { lockFolder } from "./folder-lock";
import { makeGatewayActor } from "./gateway-actor";
import { findGateway, type GatewayCommand, localHost } from "./gateway-command";
import { GatewayProcess } from "./gateway-process";
import { freePort, listenFailure, oneAddress, urlOf } from "./listening";
import { listenForMetrics } from "./metrics-listener";
import { isLoopback, type Settings, VARIABLES } from "./settings";

/**
 * How long running requests may take at a stop before their connections are cut: longer than the 15 seconds of a query, so
 * that no write is cut while it may still be committed.
 */
export const GRACE_MS = 17_000;

/** A running backend. */
export interface RunningBackend {
  readonly endpoint: string;
  /** Where the metrics are, besides those for actors; null without a port of their own. */
  readonly metricsEndpoint: string | null;
  /** The gateway that was started besides; null without one. */
  readonly gateway: Pick<GatewayProcess, "endpoint" | "ended"> | null;
  readonly version: string;
  readonly engine: Database["engine"];
  /** The version of PostgreSQL that the engine is. */
  readonly engineVersion: string;
  /** Where the data is, in words: the folder or the server. */
  readonly data: string;
  /** The file with the first admin's token; null when the operator set the token, now or earlier. */
  readonly adminTokenFile: string | null;
  readonly log: FastifyInstance["log"];
  /** Resolves when an embedded database has ended by itself or lost its folder, so that a new process must open it. */
  readonly ended: Database["ended"];
  /** Accepts no more connections, lets running requests finish for a few seconds, and releases everything. */
  close(): Promise<void>;
}

/** Starts a backend: opens its data, makes the first admin, and listens. @throws StartFailure with one sentence. */
export async function startBackend(
  settings: Settings,
  log: LogSettings,
  graceMs: number = GRACE_MS,
): Promise<RunningBackend> {
  const gatewayCommand = findGateway(settings);
  const closers = new Closers();
  try {
    const database = await openData(settings, closers, (line) => warnEarly(log, line));
    const { adminToken, databaseUrl, dataDir } = settings;
    const made = await bootstrap(database.db, {
      adminToken,
      dataDir: databaseUrl === null ? dataDir : null,
      now: new Date(),
    });
    const engineVersion = await serverVersion(database.db);
    // The app needs the issuer before it listens, so a free port is found first.
    const port = settings.port === 0 ? await freePort(settings.host, FLAGS) : settings.port;
    const endpoint = urlOf(settings.host, port);
    const app = await buildApp(appOptions(settings, { database, log, issuer: settings.issuer ?? endpoint }));
    // Closed after the app, so that a scrape sees how it stops.
    const metricsEndpoint = await serveMetrics(app, settings, closers);
    closers.add(() => closeApp(app, graceMs));
    warn(app, settings, made);
    await listen(app, await oneAddress(settings.host), port);
    const gateway =
      gatewayCommand === null
        ? null
        : await startGateway(gatewayCommand, { settings, port, log, db: database.db }, closers);
    return {
      endpoint,
      metricsEndpoint,
      gateway,
      version: VERSION,
      engine: database.engine,
      engineVersion,
      data: databaseUrl === null ? dataDir : "the PostgreSQL server of DATABASE_URL",
      adminTokenFile: databaseUrl === null && adminToken === null ? existing(adminTokenPath(dataDir)) : null,
      log: app.log,
      ended: database.ended,
      close: () => closers.close(),
    };
  } catch (error) {
    await closers.close();
    throw dataFailure(settings, error);
  }
}

/** Opens the database of the settings; the folder of an embedded one stays locked until the closers run. */
export async function openData(settings: Settings, closers: Closers, report: Report): Promise<Database> {
  const { databaseUrl, databaseConnections: connections, dataDir } = settings;
  try {
    const where = databaseUrl === null ? await lockedFolder(dataDir, closers) : { url: databaseUrl, connections };
    const database = await openDatabase(where, report);
    closers.add(() => database.close());
    return database;
  } catch (error) {
    throw dataFailure(settings, error);
  }
}

async function lockedFolder(dataDir: string, closers: Closers): Promise<FolderLocation> {
  prepareDataFolder(dataDir);
  const lock = await lockFolder(dataDir);
  closers.add(async () => lock.release());
  return { folder: databaseFolder(dataDir), lost: lock.lost };
}

function dataFailure({ databaseUrl }: Settings, error: unknown): unknown {
  if (databaseUrl !== null) return databaseFailure(error);
  if (error instanceof DiskFullError) return new StartFailure(error.advice);
  return error instanceof DatabaseEndedError ? new StartFailure(`Start again: ${error.message}.`) : fileFailure(error);
}

function existing(path: string): string | null {
  return existsSync(path) ? path : null;
}

function appOptions(settings: Settings, parts: { database: Database; log: LogSettings; issuer: string }) {
  const { trustedProxies, publicMetrics, publicDocs, requestLimit, tokenLimit, key, assertionsWithoutJti } = settings;
  return {
    ...parts,
    key,
    assertionsWithoutJti,
    clock: () => new Date(),
    version: VERSION,
    trustedProxies,
    publicMetrics,
    publicDocs,
    processMetrics: processMetrics(),
    limits: {
      actorRequests: requestLimit,
      addressRequests: 2 * requestLimit,
      clientTokens: tokenLimit,
      addressTokens: 5 * tokenLimit,
    },
  };
}

function warn(app: FastifyInstance, { host, issuer }: Settings, made: "created" | "present" | "ignored"): void {
  if (!isLoopback(host) && !issuer?.startsWith("https:")) {
    app.log.warn(
      `listening on ${host} without TLS: put a proxy with TLS in front and set ${VARIABLES.issuer} to its https address`,
    );
  }
  if (made === "ignored") {
    app.log.warn(
      `${VARIABLES.adminToken} is not the token of an admin and was ignored, because the database has an admin; lost its token? run \`xtremepush-access-backend admin recover\``,
    );
  }
}

const FLAGS = { host: "--host", port: "--port" };

async function serveMetrics(
  app: FastifyInstance,
  { metricsHost: host, metricsPort: port }: Settings,
  closers: Closers,
): Promise<string | null> {
  if (port === null) return null;
  const onFailure = (error: unknown) => app.log.error({ err: error }, "the metrics cannot be read");
  const listener = await listenForMetrics(metricsOf(app), { host, port }, onFailure);
  closers.add(() => listener.close());
  return listener.endpoint;
}

interface GatewayWorld {
  readonly settings: Settings;
  /** Of the backend. */
  readonly port: number;
  readonly log: LogSettings;
  readonly db: Database["db"];
}

/** Closed before the app, so that it can report the last use. */
async function startGateway(
  command: GatewayCommand,
  { settings, port, log, db }: GatewayWorld,
  closers: Closers,
): Promise<GatewayProcess> {
  const actor = await makeGatewayActor(db, () => new Date());
  closers.add(() => actor.end());
  const backend = urlOf(localHost(settings.host) ?? settings.host, port);
  const gateway = await GatewayProcess.start(command, { backend, token: actor.token, log });
  closers.add(() => gateway.close());
  return gateway;
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    throw listenFailure(error, { host, port }, FLAGS);
  }
}

async function closeApp(app: FastifyInstance, graceMs: number): Promise<void> {
  await drain(app, graceMs);
  await app.close();
}
