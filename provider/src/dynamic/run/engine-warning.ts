import { visibleLines } from "xtremepush-access/text";

/** Shows a warning to the person who runs Pulumi. */
export type Warn = (message: string) => Promise<void>;

/**
 * Sends a warning to the engine, which counts it among the warnings of the run.
 *
 * The provider's process receives the engine's address as its first argument (`@pulumi/pulumi/cmd/dynamic-provider`); text
 * on stderr would not count as a warning. Without an address the warning goes to stderr.
 */
export const warnThroughEngine: Warn = async (message) => {
  // Loaded on demand: without a warning, the handlers do not need it.
  const { log, runtime } = await import("@pulumi/pulumi");
  const [, , address] = process.argv;
  if (!connected && address !== undefined && /^[\w.:[\]-]+:\d+$/.test(address)) {
    runtime.resetOptions("", "", -1, address, "", false, "");
    connected = true;
  }
  await log.warn(visibleLines(message));
};

let connected = false;
