import { engineText } from "../../engine-text";

/** Shows a message to the person who runs Pulumi. */
export type Show = (message: string) => Promise<void>;

/** Shows messages to the person who runs Pulumi. */
export interface Log {
  /** Counts among the warnings of the run. */
  readonly warn: Show;
  readonly inform: Show;
}

/**
 * Sends messages to the engine.
 *
 * The provider's process receives the engine's address as its first argument (`@pulumi/pulumi/cmd/dynamic-provider`); text
 * on stderr would not count as a warning. Without an address a warning goes to stderr, and information to stdout.
 */
export const ENGINE_LOG: Log = {
  async warn(message) {
    await (await engineLog()).warn(engineText(message));
  },
  async inform(message) {
    await (await engineLog()).info(engineText(message));
  },
};

async function engineLog() {
  // Loaded on demand: without a message, the handlers do not need it.
  const { log, runtime } = await import("@pulumi/pulumi");
  const [, , address] = process.argv;
  if (!connected && address !== undefined && /^[\w.:[\]-]+:\d+$/.test(address)) {
    runtime.resetOptions("", "", -1, address, "", false, "");
    connected = true;
  }
  return log;
}

let connected = false;
