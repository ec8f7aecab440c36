import { Command } from "xtremepush-access-review/cli";
import { deliver } from "../run/deliver";
import { printResult } from "./print";
import { type CommonOptions, withCommonOptions } from "./program-option";
import { deliverLines } from "./report";

interface DeliverOptions extends CommonOptions {
  readonly force: boolean;
}

/** `deliver NAME`: delivers what the state holds. */
export function deliverCommand(): Command {
  const command = new Command("deliver")
    .description("Delivers the credentials of an environment again, as its last `up` made them, without its program.")
    .argument("<name>", "the environment")
    .option("--force", "deliver also what is already where it belongs", false);
  return withCommonOptions(command).action(async (name: string, { program, json, force }: DeliverOptions) => {
    const result = await deliver(program, name, { force });
    await printResult({ command: "deliver", ...result }, { json, lines: deliverLines(result) });
  });
}
