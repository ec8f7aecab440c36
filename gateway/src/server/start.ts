import { lookup } from "node:dns/promises";
import type { Server } from "node:https";
import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import path from "node:path";
import type { FastifyInstance } from "fastify";
import { backendFeed, type Feed } from "../access/feed";
import { Follower } from "../access/follower";
import { Journal } from "../access/journal";
import { Keeper, type WorkLog } from "../access/keeper";
import { LiveAccess } from "../access/live-access";
import { SigningKeys } from "../access/signing-keys";
import { UseCounter } from "../access/use-counter";
import { UseFile } from "../access/use-file";
import { type Clock, SYSTEM_CLOCK } from "../clock";
import { Decider } from "../decide/decider";
import { endpointsOf } from "../decide/endpoints";
import { Tokens } from "../decide/tokens";
import type { GatewayFile } from "../file/gateway-file";
import { Secrets, type Surroundings } from "../file/secret-source";
import { codeOf, GatewayFailure } from "../gateway-failure";
import { type AppServices, type LogSettings, makeApp, serveCalls, serveDecisions, serveMetrics } from "./app";
import { Certificate } from "./certificate";
import { connect } from "./connect";
import { ExternalApi } from "./external-api";
import { type Followed, followFiles } from "./follow-files";
import { GatewayMetrics } from "./metrics";
import { stop } from "./stopping";

/** How often use is reported. */
const REPORT_EVERY_MS = 10_000;

/** How long calls may take at a stop, besides what the External API has for an answer. */
const GRACE_MS = 5_000;

export interface StartOptions extends Surroundings {
  readonly log: LogSettings;
  /** @default the backend of the file */
  readonly feed?: Feed;
  /** @default the system's */
  readonly clock?: Clock;
  /** Whether the metrics of the process are served too. @default false */
  readonly processMetrics?: boolean;
  /** How often the files of `listen.tls` and of secrets are looked at, in milliseconds. @default 10,000 */
  readonly filesEveryMs?: number | undefined;
}

/** A running gateway. */
export interface RunningGateway {
  readonly endpoint: string;
  readonly metricsEndpoint: string | null;
  readonly decideEndpoint: string | null;
  readonly log: FastifyInstance["log"];
  /** Takes no more calls, lets those under way end for as long as an answer may take, and reports the last use. */
  close(): Promise<void>;
}

/** Starts a gateway. @throws GatewayFailure with one sentence; exit code 2 before anything has started. */
export async function startGateway(file: GatewayFile, options: StartOptions): Promise<RunningGateway> {
  const { clock = SYSTEM_CLOCK } = options;
  const { endpoint, token } = file.backend;
  const secrets = new Secrets(options);
  const feed =
    options.feed ?? backendFeed(endpoint, secrets.read(token, "backend.token"), (warning) => app.log.warn(warning));
  const connected = Object.entries(file.projects).map(
    ([name, entry]) => [name, connect(name, entry, { file, secrets, clock })] as const,
  );
  const certificate = Certificate.of(file, options);
  const app = makeApp({ file, log: options.log, tls: certificate?.pair ?? null });
  const live = new LiveAccess(clock);
  const keys = new SigningKeys();
  const folder = path.resolve(options.folder, file.state);
  const journal = new Journal(folder, endpoint);
  await remember({ journal, live, keys }, app.log);
  const keeper = new Keeper({ journal, live, keys, ...workLog(app.log, "the folder of the snapshot") });
  const follower = new Follower({ feed, live, keys, keeper, log: workLog(app.log, "the backend") });
  const projects = Object.keys(file.projects);
  const useFile = file.use.report ? new UseFile({ folder, endpoint, ...useLog(app.log) }) : null;
  const use = counterOf(feed, { clock, projects, file: useFile, log: app.log });
  const metrics = new GatewayMetrics(
    {
      age: () => live.age() / 1_000,
      isConnected: () => follower.isConnected,
      clients: () => live.snapshot?.clients.size ?? 0,
      droppedUses: () => use.dropped,
      certificate: () => certificate?.validity ?? null,
    },
    options.processMetrics ?? false,
  );
  const tokens = new Tokens({ live, keys, clock });
  const decider = new Decider({ live, tokens, projects: new Set(projects), stale: file.stale });
  const api = new ExternalApi({
    ...{ decider, use, metrics, limits: file.limits, endpoints: endpointsOf(file.endpoints) },
    upstreams: new Map(connected.map(([name, { upstream }]) => [name, upstream])),
    onUnmatched: (unmatched) => app.log.warn({ path: unmatched }, "no permission is known for a path"),
  });
  const credentials = new Map(connected.map(([name, { credential }]) => [name, credential]));
  const credentialOf = async (project: string) => (await credentials.get(project)?.headers()) ?? {};
  const services: AppServices = { api, decider, live, metrics, credentialOf };
  serveCalls(app, file, services);
  const others = sideApps(file, services, options.log);
  let reporting: Reporting | null = null;
  const following = followFiles(followedFiles(secrets, certificate, app), app.log, options.filesEveryMs);
  const close = async () => {
    following.stop();
    // Beside the calls under way: a supervisor may not wait for what is reported after them.
    void reporting?.report();
    const graceMs = file.limits.answer + GRACE_MS;
    await Promise.all([app, ...others.map(({ app: other }) => other)].map((each) => stop(each, graceMs)));
    await follower.stop();
    await reporting?.stop();
    await Promise.all(connected.map(([, { upstream }]) => upstream.close()));
  };
  try {
    const endpoint = await listen(app, { ...file.listen, scheme: certificate === null ? "http" : "https" });
    warnEnded(certificate, app.log);
    const at = await listenAll(others);
    // Only now: while the port is another gateway's, what is on disk is as well.
    follower.start();
    if (useFile !== null) {
      use.restore(await useFile.read());
      reporting = reportUse(use, app.log);
    }
    return { endpoint, metricsEndpoint: at("metrics"), decideEndpoint: at("decide"), log: app.log, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What is used from now on when its files are replaced. */
function followedFiles(secrets: Secrets, certificate: Certificate | null, app: FastifyInstance): Followed[] {
  const followed: Followed[] = secrets.all.map((secret) => {
    const files = secret.file === null ? [] : [secret.file];
    return { name: secret.name, files, look: () => (secret.refresh() ? {} : null) };
  });
  if (certificate === null) return followed;
  // An app with TLS has a server that takes another certificate.
  return [...followed, certificate.followedBy(app.server as unknown as Server)];
}

/** Callers refuse it, and would say so only to whoever looks after them. */
function warnEnded(certificate: Certificate | null, log: FastifyInstance["log"]): void {
  if (certificate !== null && certificate.validity.to < Date.now()) {
    log.warn({ validTo: new Date(certificate.validity.to).toISOString() }, "the certificate of listen.tls is over");
  }
}

/** Starts from the last snapshot on disk; one that cannot be used is only reported. */
async function remember(
  { journal, live, keys }: { readonly journal: Journal; readonly live: LiveAccess; readonly keys: SigningKeys },
  log: FastifyInstance["log"],
): Promise<void> {
  try {
    const remembered = await journal.read();
    if (remembered === null) return;
    keys.replace(await keys.read(remembered.keys));
    live.restore(remembered.snapshot, remembered.confirmedTime);
    log.info(
      { clients: remembered.snapshot.clients.size, ageSeconds: Math.round(live.age() / 1_000) },
      "read the last snapshot",
    );
  } catch (error) {
    log.warn({ reason: error instanceof Error ? error.message : codeOf(error) }, "the last snapshot cannot be used");
  }
}

function workLog(log: FastifyInstance["log"], what: string): WorkLog {
  return {
    failed: (error) => log.warn({ reason: reasonOf(error) }, `${what} does not work; trying again`),
    recovered: () => log.info(`${what} works again`),
  };
}

function useLog(log: FastifyInstance["log"]) {
  return {
    ...workLog(log, "the file of use that waits for the backend"),
    putAside: (reason: string, place: string) =>
      log.warn({ reason, file: place }, "use that waited for the backend cannot be read"),
  };
}

/** The SDK's errors never have the token. */
function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : codeOf(error);
}

interface Counted {
  readonly clock: Clock;
  readonly projects: readonly string[];
  readonly file: UseFile | null;
  readonly log: FastifyInstance["log"];
}

function counterOf(feed: Feed, { clock, projects, file, log }: Counted): UseCounter {
  return new UseCounter(feed, clock, {
    ...{ gateway: hostname().slice(0, 100) || "gateway", projects, file },
    onHidden: (hidden) =>
      log.warn({ projects: hidden }, "the backend does not show projects to the gateway; their use is not reported"),
  });
}

interface Reporting {
  /** Reports what was counted so far, and keeps it on disk before. */
  report(): Promise<void>;
  /** Reports what is left. */
  stop(): Promise<void>;
}

function reportUse(use: UseCounter, log: FastifyInstance["log"]): Reporting {
  let isFailing = false;
  const report = async (send: () => Promise<void>) => {
    try {
      await send();
      isFailing = false;
    } catch (error) {
      if (!isFailing) log.warn({ reason: reasonOf(error) }, "use cannot be reported; trying again");
      isFailing = true;
    }
  };
  const timer = setInterval(() => void report(() => use.send()), REPORT_EVERY_MS);
  return {
    report: () => report(() => use.send()),
    stop: async () => {
      clearInterval(timer);
      await report(() => use.sendLast());
    },
  };
}

interface SideApp {
  readonly name: "metrics" | "decide";
  readonly app: FastifyInstance;
  readonly host: string;
  readonly port: number;
}

function sideApps(file: GatewayFile, services: AppServices, log: LogSettings): SideApp[] {
  const { metrics, decide } = file;
  const apps: SideApp[] = [];
  if (metrics.port !== undefined) {
    const app = makeApp({ file, log, tls: null });
    serveMetrics(app, services.metrics);
    apps.push({ name: "metrics", app, host: metrics.host, port: metrics.port });
  }
  if (decide !== undefined) {
    const app = makeApp({ file, log, tls: null });
    serveDecisions(app, file, services);
    apps.push({ name: "decide", app, host: decide.host, port: decide.port });
  }
  return apps;
}

async function listenAll(apps: readonly SideApp[]): Promise<(name: SideApp["name"]) => string | null> {
  const places = new Map<string, string>();
  for (const { name, app, ...where } of apps) places.set(name, await listen(app, { ...where, scheme: "http" }));
  return (name) => places.get(name) ?? null;
}

async function listen(
  app: FastifyInstance,
  { host, port, scheme }: { readonly host: string; readonly port: number; readonly scheme: string },
): Promise<string> {
  try {
    // For `localhost`, Fastify would listen on all of its addresses, and neither stop the others nor give them another certificate.
    const address = host === "localhost" ? (await lookup(host, { order: "ipv4first" })).address : host;
    await app.listen({ host: address, port });
  } catch (error) {
    throw new GatewayFailure(whyNot(codeOf(error), host, port));
  }
  // A server that listens on TCP has an object as its address.
  const { port: taken } = app.server.address() as AddressInfo;
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${taken}`;
}

function whyNot(code: string, host: string, port: number): string {
  if (code === "EADDRINUSE") return `port ${port} of ${host} is in use: stop what uses it, or choose another port`;
  return `nothing can listen on ${host}, port ${port} (${code}): choose others in gateway.yaml`;
}
