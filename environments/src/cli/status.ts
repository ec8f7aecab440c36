import { Command } from "xtremepush-access-review/cli";
import { status } from "../run/status";
import { printResult } from "./print";
import { type CommonOptions, withCommonOptions } from "./program-option";
import { statusLines } from "./report";

/** `status NAME`: what an environment has, and what is stale. */
export function statusCommand(): Command {
  const command = new Command("status")
    .description("Shows the clients of an environment, and whether each destination holds the credential of now.")
    .argument("<name>", "the environment")
    .addHelpText(
      "after",
      `
A destination is current, stale, missing or unknown. What a command got cannot be read back: there, what the backend remembers decides.
It knows clients only: what a command got of an output is unknown on a machine that has not delivered it.`,
    );
  return withCommonOptions(command).action(async (name: string, { program, json }: CommonOptions) => {
    const result = await status(program, name);
    await printResult({ command: "status", ...result }, { json, lines: statusLines(result) });
  });
}
