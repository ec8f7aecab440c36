import { Command } from "xtremepush-access-review/cli";
import { Progress } from "../pulumi/progress";
import { up } from "../run/up";
import { printResult } from "./print";
import { type CommonOptions, isColoured, withCommonOptions } from "./program-option";
import { isChanged, upLines } from "./report";

/** `up NAME`: makes an environment whole. */
export function upCommand(): Command {
  const command = new Command("up")
    .description("Sets up an environment: makes what is missing, runs the program, delivers the credentials.")
    .argument("<name>", "the environment")
    .addHelpText(
      "after",
      "\nRun it again at any time: it goes on where a run has failed or died, and changes nothing else.",
    );
  return withCommonOptions(command).action(async (name: string, { program, json }: CommonOptions) => {
    const result = await up(program, name, new Progress(process.stderr));
    const lines = json ? [] : upLines(result, isColoured());
    await printResult({ command: "up", changed: isChanged(result), ...result }, { json, lines });
  });
}
