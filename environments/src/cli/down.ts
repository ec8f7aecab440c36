import { Command } from "xtremepush-access-review/cli";
import { Progress } from "../pulumi/progress";
import { down } from "../run/down";
import { printResult } from "./print";
import { type CommonOptions, withCommonOptions } from "./program-option";
import { downLines } from "./report";
import { type WaitOption, withWaitOption } from "./wait-option";

/** `down NAME`: takes an environment down. */
export function downCommand(): Command {
  const command = new Command("down")
    .description("Takes an environment down: deletes its clients, removes its credentials, removes its stack.")
    .argument("<name>", "the environment; a protected one is refused")
    .addHelpText(
      "after",
      "\nThe project stays on the backend, with its audit trail. A deleted client can be restored for 30 days.",
    );
  return withCommonOptions(withWaitOption(command)).action(
    async (name: string, options: CommonOptions & WaitOption) => {
      const { program, json, wait } = options;
      const result = await down(program, name, { progress: new Progress(process.stderr), waitMs: wait });
      await printResult({ command: "down", ...result }, { json, lines: downLines(result) });
    },
  );
}
