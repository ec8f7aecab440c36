import path from "node:path";
import { Command, Option } from "commander";
import { visibleJsonText, visibleLines } from "xtremepush-access/text";
import { GATEWAY_FILE } from "../file/gateway-file";
import { readGatewayFile } from "../file/read-gateway-file";
import type { RunningGateway } from "../server/start";

const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;

const EXAMPLES = `
Examples:
  $ xtremepush-access-gateway start
  $ ACME_APP_TOKEN=… XTREMEPUSH_TOKEN=… xtremepush-access-gateway start --config /etc/xtremepush/gateway.yaml`;

interface Options {
  readonly config: string;
  readonly logLevel: (typeof LOG_LEVELS)[number];
}

/** `start`: runs the gateway until a signal. */
export function startCommand(): Command {
  return new Command("start")
    .description("Runs the gateway of a gateway.yaml.")
    .option("--config <file>", "the file", GATEWAY_FILE)
    .addOption(new Option("--log-level <level>", "how much is logged").choices(LOG_LEVELS).default("info"))
    .addHelpText("after", EXAMPLES)
    .action(start);
}

async function start({ config, logLevel }: Options): Promise<void> {
  const file = await readGatewayFile(config);
  // Loaded only now: the other commands need no server.
  const { startGateway } = await import("../server/start.js");
  const gateway = await startGateway(file, {
    folder: path.dirname(path.resolve(config)),
    environment: process.env,
    log: { level: logLevel, stream: { write: (line) => process.stdout.write(`${visibleJsonText(line.trimEnd())}\n`) } },
    processMetrics: true,
  });
  stopOnSignals(gateway);
  const { endpoint, metricsEndpoint, decideEndpoint } = gateway;
  if (!process.stdout.isTTY) gateway.log.info({ endpoint, metricsEndpoint, decideEndpoint }, "listening");
  else process.stdout.write(`${visibleLines(`The gateway listens on ${endpoint}`)}\n`);
}

/** Of a supervisor, a terminal, and a terminal that closes. */
const STOPPING = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

function stopOnSignals(gateway: RunningGateway): void {
  const stop = (signal: NodeJS.Signals) => {
    // A second signal ends the process at once, as it would without a handler.
    for (const name of STOPPING) process.removeListener(name, stop);
    gateway.log.info(`stopping on ${signal}`);
    void gateway.close().catch((error: unknown) => {
      gateway.log.error({ err: error }, "the gateway did not stop cleanly");
      process.exitCode = 1;
    });
  };
  for (const name of STOPPING) process.on(name, stop);
}
