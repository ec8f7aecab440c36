import { makeSecret } from "../../backend/src/credentials/secrets";
import { type BackendProcess, startBackendProcess } from "../support/backend/command-line";

export const ADMIN_TOKEN = makeSecret("xpat");

/** Where a backend keeps its data: on a server, or in a folder below `cwd`; `wrap` is the command that it runs in. */
export interface Data {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly wrap?: readonly string[];
}

/** Starts a backend without limits of requests; `port` is the one to come back on. */
export function startBackend(data: Data, port = "0"): Promise<BackendProcess> {
  return startBackendProcess(["--port", port], { ...data, env: environmentOf(data) });
}

export function environmentOf({ env }: Data): Readonly<Record<string, string>> {
  return {
    ...env,
    XTREMEPUSH_ACCESS_ADMIN_TOKEN: ADMIN_TOKEN,
    XTREMEPUSH_ACCESS_REQUEST_LIMIT: "1000000",
    XTREMEPUSH_ACCESS_TOKEN_LIMIT: "1000000",
  };
}

/** Says whether a process runs that nobody has stopped. */
export function isRunning({ pid }: BackendProcess): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
