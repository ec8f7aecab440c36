import { visibleLines } from "xtremepush-access/text";

/** Tells the person who runs Pulumi something that is not an error. */
export type Warn = (message: string) => Promise<void>;

/**
 * Shows a warning of the provider's process in the output of the run, counted among its warnings.
 *
 * The process gets the engine's address as its first argument (`@pulumi/pulumi/cmd/dynamic-provider`); what it prints
 * would appear as plain text. Without an address the warning goes to stderr.
 */
export const warnThroughEngine: Warn = async (message) => {
  // Loaded only when there is something to say: the handlers work without it.
  const { log, runtime } = await import("@pulumi/pulumi");
  const [, , address] = process.argv;
  if (!connected && address !== undefined && /^[\w.:[\]-]+:\d+$/.test(address)) {
    runtime.resetOptions("", "", -1, address, "", false, "");
    connected = true;
  }
  await log.warn(visibleLines(message));
};

let connected = false;
