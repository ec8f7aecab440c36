import { makeSecret } from "../../backend/src/credentials/secrets";
import { type BackendProcess, startBackendProcess } from "../support/backend/command-line";

export const ADMIN_TOKEN = makeSecret("xpat");

/** Where a backend keeps its data: on a server, or in a folder below `cwd`. */
export interface Data {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a backend without limits of requests; `port` is the one to come back on. */
export function startBackend({ cwd, env }: Data, port = "0"): Promise<BackendProcess> {
  const settings = {
    ...env,
    XTREMEPUSH_ACCESS_ADMIN_TOKEN: ADMIN_TOKEN,
    XTREMEPUSH_ACCESS_REQUEST_LIMIT: "1000000",
    XTREMEPUSH_ACCESS_TOKEN_LIMIT: "1000000",
  };
  return startBackendProcess(["--port", port], { ...(cwd === undefined ? {} : { cwd }), env: settings });
}

/** Says whether a process runs that nobody has stopped. */
export function isRunning({ pid }: BackendProcess): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
