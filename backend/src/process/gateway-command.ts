import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { word } from "xtremepush-access/text";
import { z } from "zod";
import { isNamed } from "../failures/named-error";
import { StartFailure } from "../failures/start-failure";
import { isLoopback, type Settings } from "./settings";

/** The package of the gateway. It is not imported: it runs as a process of its own, and only where somebody has installed it. */
const PACKAGE = "xtremepush-access-gateway";

/** How the gateway of a start runs. */
export interface GatewayCommand {
  /** The program. */
  readonly main: string;
  readonly file: string;
  /** Null for that of the file. */
  readonly port: number | null;
}

/**
 * Finds the gateway that a start brings up besides; null when none is asked for.
 *
 * @param places Where the package is looked for: files of which each one could import it.
 * @throws StartFailure before anything has started, when it cannot run
 */
export function findGateway(settings: Settings, places: readonly string[] = PLACES()): GatewayCommand | null {
  const { gateway, gatewayFile, gatewayPort: port, databaseUrl, host } = settings;
  if (!gateway) {
    if (gatewayFile === null && port === null) return null;
    throw new StartFailure(`${gatewayFile === null ? "--gateway-port" : "--gateway-file"} needs --gateway`, 2);
  }
  if (databaseUrl !== null) {
    throw new StartFailure(
      `--gateway is for trying it on an embedded database; beside a PostgreSQL server, run \`npx ${PACKAGE} start\``,
      2,
    );
  }
  if (localHost(host) === null) {
    throw new StartFailure(
      `--gateway cannot reach the backend on ${host} without TLS: leave out --host, or run \`npx ${PACKAGE} start\` by itself`,
      2,
    );
  }
  const file = gatewayFile ?? "gateway.yaml";
  if (!existsSync(file)) throw new StartFailure(noFile(file), 2);
  return { main: findMain(places), file, port };
}

/** The address of this machine under which a backend can be reached that listens on a host; null where there is none. */
export function localHost(host: string): string | null {
  if (isLoopback(host)) return host;
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "::" ? "::1" : null;
}

/** This package, which is installed beside it, and the project in which somebody starts it. */
const PLACES = () => [__filename, path.resolve("package.json")];

function findMain(places: readonly string[]): string {
  for (const place of places) {
    try {
      const manifest = createRequire(place).resolve(`${PACKAGE}/package.json`);
      const { bin } = Manifest.parse(JSON.parse(readFileSync(manifest, "utf8")));
      return path.join(path.dirname(manifest), bin[PACKAGE]);
    } catch (error) {
      if (!isNamed(error, "MODULE_NOT_FOUND")) throw error;
    }
  }
  throw new StartFailure(`--gateway needs the package ${PACKAGE}: \`npm install ${PACKAGE}\`, then start again`, 2);
}

const Manifest = z.object({ bin: z.object({ [PACKAGE]: z.string() }) });

function noFile(file: string): string {
  return (
    `--gateway needs ${word(file)}, which is not there: name another with --gateway-file, or write it, as in\n` +
    "  version: 1\n  projects:\n    acme: { upstream: https://external-api.xtremepush.com, appToken: { variable: ACME_APP_TOKEN } }"
  );
}
