import type { Command } from "commander";
import { visibleLines } from "xtremepush-access/text";

/** Makes a command and its commands throw a CommanderError in place of ending the process. */
export function throwInsteadOfExit(command: Command): void {
  command.exitOverride().configureOutput({ writeErr: (text) => process.stderr.write(visibleLines(text)) });
  for (const child of command.commands) throwInsteadOfExit(child);
}
