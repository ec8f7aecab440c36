import { connect, type Socket } from "node:net";

/**
 * Ends the provider's process when the engine is gone.
 *
 * The engine ends its plugins, unless it is killed itself (SIGKILL, out of memory): plugins are in process groups of
 * their own and live on. A call whose answer got lost would then be sent once more by a run that is long over, and, for
 * one, take the client from under the next run, which has just taken it over.
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
  // Other programs that load the handlers have arguments of their own.
  if (!/[\\/]dynamic-provider(?:[\\/]index\.js)?$/.test(script) || host === undefined) return;
  const connection = () => open({ host, port: Number(port) });
  watch({ open: connection, gone: () => {}, met: end });
}

interface Address {
  readonly host: string;
  readonly port: number;
}

/** How many attempts in a row may fail for another reason than that nobody listens, such as too many open files. */
const ATTEMPTS = 3;
const PAUSE_MS = 1_000;

interface Watch {
  readonly open: () => Socket;
  /** What follows when there is no engine. */
  readonly gone: () => void;
  /** The same, once there was one. */
  readonly met: () => void;
  /** How many attempts have failed. @default 0 */
  readonly failed?: number;
}

/** Holds a connection on which nothing is said; the engine drops such ones after a while, so that it is made again. */
function watch({ open, gone, met, failed = 0 }: Watch): void {
  const socket = open().unref().resume();
  let isMet = false;
  let isRefused = false;
  socket.once("connect", () => {
    isMet = true;
  });
  // How a connection ended does not matter: the next attempt shows whether there still is an engine.
  socket.on("error", (error) => {
    isRefused = "code" in error && error.code === "ECONNREFUSED";
  });
  socket.once("close", () => {
    if (isMet) return watch({ open, gone: met, met });
    if (isRefused || failed + 1 === ATTEMPTS) return gone();
    setTimeout(() => watch({ open, gone, met, failed: failed + 1 }), PAUSE_MS).unref();
  });
}
