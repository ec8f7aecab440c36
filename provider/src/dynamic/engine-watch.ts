import { connect } from "node:net";

/**
 * Ends the provider's process when the engine is gone.
 *
 * The engine ends its plugins, unless it is killed itself (SIGKILL, out of memory): plugins are in process groups of
 * their own and live on. A call whose answer got lost would then be sent once more by a run that is long over, and, for
 * one, take the client from under the next run, which has just taken it over.
 *
 * @param args - The process's own, `process.argv`: the engine's address is the first after the script.
 */
export function endWithEngine([, script = "", address = ""]: readonly string[], end: () => void): void {
  const [, host, port] = /^([\w.-]+):(\d+)$/.exec(address) ?? [];
  // Other programs that load the handlers have arguments of their own.
  if (!/[\\/]dynamic-provider(?:[\\/]index\.js)?$/.test(script) || host === undefined) return;
  watch({ host, port: Number(port) }, end, () => {});
}

interface Address {
  readonly host: string;
  readonly port: number;
}

/** Holds a connection on which nothing is said; the engine drops such ones after a while, so that it is made again. */
function watch(engine: Address, gone: () => void, refused: () => void): void {
  const socket = connect(engine).unref().resume();
  let met = false;
  socket.once("connect", () => {
    met = true;
  });
  // How it ended does not matter: the next attempt tells whether there still is an engine.
  socket.on("error", () => {});
  socket.once("close", () => (met ? watch(engine, gone, gone) : refused()));
}
