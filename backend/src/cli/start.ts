import { Command, Option } from "commander";
import { visibleJsonText, visibleLines } from "xtremepush-access/text";
import { CONNECTIONS } from "../database/connections";
import { isNamed } from "../failures/named-error";
import { DEFAULT_LIMITS } from "../http/limits";
import { LOG_LEVELS, type LogSettings } from "../http/log-settings";
import { warnEarly } from "../process/early-log";
import { writeLog } from "../process/log-output";
import { onParentEnd } from "../process/parent-process";
import { plainLogLine } from "../process/plain-log";
import { type Flags, LOG_FORMATS, readSettings, type Settings } from "../process/settings";
import type { RunningBackend } from "../process/start";
import { addDataOptions } from "./data-options";
import { endUnread } from "./output";
import { type Times, watchOpening } from "./watch";

const EXAMPLES = `
Examples:
  $ xtremepush-access-backend start
  $ ACME_APP_TOKEN=… xtremepush-access-backend start --gateway
  $ DATABASE_URL=postgresql://access@db.internal/access xtremepush-access-backend start --host 0.0.0.0 --issuer https://access.example.com

Secrets come from the environment only: XTREMEPUSH_ACCESS_ADMIN_TOKEN, XTREMEPUSH_ACCESS_KEY, DATABASE_URL.
Every other option has a variable too: --data-dir is XTREMEPUSH_ACCESS_DATA_DIR.`;

export function startCommand(times: Times = {}): Command {
  const command = new Command("start").description(
    "Run the backend: embedded in a folder, or on the PostgreSQL server of DATABASE_URL.",
  );
  return addDataOptions(command)
    .option("--host <address>", "address to listen on (default: 127.0.0.1)")
    .option("--port <number>", "port to listen on, 0 for any free one (default: 8420)")
    .option("--issuer <url>", "address under which clients know the backend (default: http://HOST:PORT)")
    .option("--database-connections <number>", `connections to the PostgreSQL server at most (default: ${CONNECTIONS})`)
    .option("--trusted-proxies <list>", "proxies whose forwarded headers are believed, as in 10.0.0.0/8")
    .option("--public-metrics", "serve /metrics to everybody instead of actors")
    .option(
      "--metrics-port <number>",
      "port that serves /metrics alone, to everybody, 0 for any free one (default: none)",
    )
    .option("--metrics-host <address>", "address to serve the metrics on (default: 127.0.0.1)")
    .option("--public-docs", "serve /docs and /openapi.json to everybody instead of actors")
    .option(
      "--request-limit <number>",
      `requests of one actor in ten seconds (default: ${DEFAULT_LIMITS.actorRequests})`,
    )
    .option(
      "--token-limit <number>",
      `token requests of one client in ten seconds (default: ${DEFAULT_LIMITS.clientTokens})`,
    )
    .option(
      "--assertions-without-jti <list>",
      "clients whose assertions may lack a jti and be replayed until they end: client IDs, or all (default: none)",
    )
    .option("--gateway", "start the gateway besides, to try it: needs the package xtremepush-access-gateway")
    .option("--gateway-file <file>", "the file of the gateway, whose backend is this one (default: gateway.yaml)")
    .option("--gateway-port <number>", "port of the gateway, 0 for any free one (default: that of its file, 8430)")
    .option("--exit-with-parent", "stop when the process that started the backend has ended")
    .addOption(new Option("--log-level <level>", "how much is logged (default: info)").choices(LOG_LEVELS))
    .addOption(new Option("--log-format <format>", "default: text in a terminal, else json").choices(LOG_FORMATS))
    .addHelpText("after", EXAMPLES)
    .action((options: Options) => start(options, times));
}

type Options = Readonly<Record<string, string | true>>;

async function start(options: Options, { graceMs, watchdog }: Times): Promise<void> {
  const settings = readSettings(flagsOf(options), process.env);
  const format = settings.logFormat ?? (process.stdout.isTTY ? "text" : "json");
  const log = logTo(format, settings);
  const stopWithParent = settings.exitWithParent ? watchParent(log) : () => undefined;
  const opened = watchOpening(settings, (line) => warnEarly(log, line), watchdog);
  // Loaded only now: the other commands need no server and no database, and answer twice as fast without.
  const { startBackend } = await import("../process/start.js");
  const backend = await startBackend(settings, log, graceMs);
  opened();
  stopOnSignals(backend);
  stopUnread(backend);
  stopWithDatabase(backend);
  stopWithGateway(backend);
  stopWithParent(backend);
  if (format === "text") writeLog(`${visibleLines(formatWelcome(backend))}\n`);
  else backend.log.info(startFields(backend), "listening");
}

function flagsOf(options: Options): Flags {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, String(value)]));
}

function logTo(format: (typeof LOG_FORMATS)[number], { logLevel }: Settings): LogSettings {
  const write = (line: string) =>
    writeLog(format === "json" ? `${visibleJsonText(line.trimEnd())}\n` : `${plainLogLine(line)}\n`);
  return { level: logLevel, stream: { write } };
}

/** Of a supervisor, a terminal, and a terminal that closes. */
const STOPPING = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

function stopOnSignals(backend: RunningBackend): void {
  const stop = (signal: NodeJS.Signals) => {
    // A second signal ends the process at once, as it would without a handler.
    for (const name of STOPPING) process.removeListener(name, stop);
    backend.log.info(`stopping on ${signal}`);
    void close(backend);
  };
  for (const name of STOPPING) process.on(name, stop);
}

/** Watches from now on: as a signal would, the end of the parent ends a backend that still opens at once, and a running one in order. */
function watchParent(log: LogSettings): (backend: RunningBackend) => void {
  let running: RunningBackend | null = null;
  onParentEnd((parent) => {
    const line = `stopping, because the process that started the backend has ended (pid ${parent})`;
    if (running === null) {
      warnEarly(log, line);
      process.exit(1);
    }
    running.log.info(line);
    void close(running);
  });
  return (backend) => {
    running = backend;
  };
}

/** The reader of the log has gone, as a log shipper that ended: requests are still answered. Otherwise only lines are lost. */
function stopUnread(backend: RunningBackend): void {
  process.stdout.off("error", endUnread).on("error", (error) => {
    if (!isNamed(error, "EPIPE")) return;
    if (!stopping.has(backend)) process.exitCode = 1;
    void close(backend);
  });
}

/** Whoever started the backend can start it again. */
function stopWithDatabase(backend: RunningBackend): void {
  void backend.ended.then(async ({ message }) => {
    backend.log.fatal(`${message}: the backend stops; start it again, every acknowledged write is there`);
    await close(backend);
    // The ended PostgreSQL leaves a timer that keeps the process for seconds.
    process.exit(1);
  });
}

/** Somebody who tries both would not notice that one of them is missing. */
function stopWithGateway(backend: RunningBackend): void {
  void backend.gateway?.ended.then((how) => {
    backend.log.fatal(`the gateway has ended: ${how}; the backend stops with it`);
    process.exitCode = 1;
    void close(backend);
  });
}

const stopping = new WeakSet<RunningBackend>();

async function close(backend: RunningBackend): Promise<void> {
  stopping.add(backend);
  try {
    await backend.close();
  } catch (error) {
    backend.log.error(error, "the backend did not stop cleanly");
    process.exitCode = 1;
  }
}

function startFields(backend: RunningBackend) {
  const { endpoint, metricsEndpoint, version, engine, engineVersion, data, adminTokenFile } = backend;
  const gatewayEndpoint = backend.gateway?.endpoint;
  return { endpoint, metricsEndpoint, gatewayEndpoint, version, engine, engineVersion, data, adminTokenFile };
}

const ENGINES = { pglite: "PGlite, PostgreSQL", postgres: "PostgreSQL" } as const;

function formatWelcome(backend: RunningBackend): string {
  const { endpoint, metricsEndpoint, gateway, version, engine, engineVersion, data, adminTokenFile } = backend;
  const token = adminTokenFile === null ? "TOKEN" : `$(cat ${quoted(adminTokenFile)})`;
  return [
    `The backend listens on ${endpoint}`,
    `  version      ${version} on ${ENGINES[engine]} ${engineVersion}`,
    ...(metricsEndpoint === null ? [] : [`  metrics      ${metricsEndpoint}`]),
    ...(gateway === null ? [] : [`  gateway      ${gateway.endpoint}`]),
    `  data         ${data}`,
    `  admin token  ${adminTokenFile ?? "the one that you set"}`,
    "",
    "In another terminal, first say where the backend is and who you are, then make a project:",
    `  export XTREMEPUSH_ENDPOINT=${endpoint} XTREMEPUSH_TOKEN=${token}`,
    "  npx --no-install xtremepush-access-backend project create my-project",
    "",
  ].join("\n");
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`;
}
