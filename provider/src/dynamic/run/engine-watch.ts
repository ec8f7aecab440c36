import { connect, type Socket } from "node:net";

/**
 * Ends the provider's process when the engine is gone.
 *
 * The engine ends its plugins, unless it is killed (SIGKILL, out of memory): plugins run in their own process groups and
 * survive it. Such a plugin could retry a call after its run ended, and, for example, take a client away from the next run.
 *
 * @param args - The process's own, `process.argv`: the engine's address is the first after the script.
 * @param open - Opens a connection.
 */
export function endWithEngine(
  [, script = "", address = ""]: readonly string[],
  end: () => void,
  open: (engine: Address) => Socket = connect,
): void {
  const [, host, port] = /^([\w.-]+):(\d+)$/.exec(address) ?? [];
  // Other programs that load the handlers have other arguments.
  if (!/[\\/]dynamic-provider(?:[\\/]index\.js)?$/.test(script) || host === undefined) return;
  const connection = () => open({ host, port: Number(port) });
  watch({ open: connection, gone: () => {}, met: end });
}

interface Address {
  readonly host: string;
  readonly port: number;
}

/** How many attempts in a row may fail for another reason than a refused connection, such as too many open files. */
const ATTEMPTS = 3;
const PAUSE_MS = 1_000;

interface Watch {
  readonly open: () => Socket;
  /** Called when there is no engine. */
  readonly gone: () => void;
  /** Called when an engine was connected and is gone. */
  readonly met: () => void;
  /** How many attempts have failed. @default 0 */
  readonly failed?: number;
}

/** Holds an idle connection. The engine closes idle connections after a while, so this opens it again. */
function watch({ open, gone, met, failed = 0 }: Watch): void {
  const socket = open().unref().resume();
  let isMet = false;
  let isRefused = false;
  socket.once("connect", () => {
    isMet = true;
  });
  // How a connection ends does not matter: the next attempt shows whether the engine is still there.
  socket.on("error", (error) => {
    isRefused = "code" in error && error.code === "ECONNREFUSED";
  });
  socket.once("close", () => {
    if (isMet) return watch({ open, gone: met, met });
    if (isRefused || failed + 1 === ATTEMPTS) return gone();
    setTimeout(() => watch({ open, gone, met, failed: failed + 1 }), PAUSE_MS).unref();
  });
}
