import path from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { logWriter } from "xtremepush-access/serving";
import { visibleJsonText, visibleLines } from "xtremepush-access/text";
import { GATEWAY_FILE } from "../file/gateway-file";
import { readGatewayFile } from "../file/read-gateway-file";
import { codeOf, refusal } from "../gateway-failure";
import type { RunningGateway } from "../server/start";

const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;

const EXAMPLES = `
Examples:
  $ xtremepush-access-gateway start
  $ ACME_APP_TOKEN=… XTREMEPUSH_TOKEN=… xtremepush-access-gateway start --config /etc/xtremepush/gateway.yaml`;

interface Options {
  readonly config: string;
  readonly backend?: string;
  readonly port?: number;
  readonly exitWithParent: boolean;
  readonly logLevel: (typeof LOG_LEVELS)[number];
}

/** `start`: runs the gateway until a signal. */
export function startCommand(): Command {
  return new Command("start")
    .description("Runs the gateway of a gateway.yaml.")
    .option("--config <file>", "the file", GATEWAY_FILE)
    .option("--backend <url>", "this backend instead of that of the file, with the token in XTREMEPUSH_TOKEN")
    .option("--port <number>", "listen on this port instead of that of the file, 0 for any free one", portOf)
    .option("--exit-with-parent", "tell the Node.js process that started it where it listens, and stop with it", false)
    .addOption(new Option("--log-level <level>", "how much is logged").choices(LOG_LEVELS).default("info"))
    .addHelpText("after", EXAMPLES)
    .action(start);
}

function portOf(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= PORT_MAX) return Number(text);
  throw new InvalidArgumentError(`It must be a whole number from 0 to ${PORT_MAX}.`);
}

const PORT_MAX = 65_535;

const writeLog = logWriter("xtremepush-access-gateway");

async function start({ config, backend, port, exitWithParent, logLevel }: Options): Promise<void> {
  if (exitWithParent && process.send === undefined) {
    throw refusal("--exit-with-parent needs a channel to the parent, as fork of Node.js opens one; leave it out");
  }
  const file = await readGatewayFile(config, { backend, port });
  // Loaded only now: the other commands need no server.
  const { startGateway } = await import("../server/start.js");
  const gateway = await startGateway(file, {
    folder: path.dirname(path.resolve(config)),
    environment: process.env,
    log: { level: logLevel, stream: { write: (line) => writeLog(`${visibleJsonText(line.trimEnd())}\n`) } },
    processMetrics: true,
  });
  const stop = stopOnSignals(gateway);
  process.stdout.on("error", (error) => {
    // The reader of the log has gone, as a log shipper that ended: calls under way are still answered. Otherwise only lines are lost.
    if (codeOf(error) !== "EPIPE") return;
    if (stop("because nobody reads its log")) process.exitCode = 1;
  });
  const { endpoint, metricsEndpoint, decideEndpoint } = gateway;
  if (!process.stdout.isTTY) gateway.log.info({ endpoint, metricsEndpoint, decideEndpoint }, "listening");
  else writeLog(`${visibleLines(`The gateway listens on ${endpoint}`)}\n`);
  if (!exitWithParent) return;
  process.once("disconnect", () => stop("because the process that started the gateway has ended"));
  // A parent that has ended meanwhile hears nothing.
  if (process.connected) process.send?.({ listening: { endpoint, metricsEndpoint, decideEndpoint } });
  else stop("because the process that started the gateway has ended");
  // Only the listeners keep the gateway running.
  process.channel?.unref();
}

/** Of a supervisor, a terminal, and a terminal that closes. */
const STOPPING = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/** Returns what stops it for another reason, and whether it was running until then. */
function stopOnSignals(gateway: RunningGateway): (why: string) => boolean {
  let isStopping = false;
  const stop = (why: string) => {
    // A second signal ends the process at once, as it would without a handler.
    for (const name of STOPPING) process.removeListener(name, onSignal);
    if (isStopping) return false;
    isStopping = true;
    gateway.log.info(`stopping ${why}`);
    void gateway.close().catch((error: unknown) => {
      gateway.log.error({ err: error }, "the gateway did not stop cleanly");
      process.exitCode = 1;
    });
    return true;
  };
  const onSignal = (signal: NodeJS.Signals) => void stop(`on ${signal}`);
  for (const name of STOPPING) process.on(name, onSignal);
  return stop;
}
