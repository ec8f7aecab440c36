import { Command } from "xtremepush-access-review/cli";
import { Progress } from "../pulumi/progress";
import { deliver } from "../run/deliver";
import { printResult } from "./print";
import { type CommonOptions, withCommonOptions } from "./program-option";
import { deliverLines } from "./report";
import { type WaitOption, withWaitOption } from "./wait-option";

interface DeliverOptions extends CommonOptions, WaitOption {
  readonly force: boolean;
}

/** `deliver NAME`: delivers what the state holds. */
export function deliverCommand(): Command {
  const command = new Command("deliver")
    .description("Delivers the credentials of an environment again, as its last `up` made them, without its program.")
    .argument("<name>", "the environment")
    .option("--force", "deliver also what is already where it belongs", false);
  return withCommonOptions(withWaitOption(command)).action(async (name: string, options: DeliverOptions) => {
    const { program, json, force, wait } = options;
    const result = await deliver(program, name, { force, progress: new Progress(process.stderr), waitMs: wait });
    await printResult({ command: "deliver", ...result }, { json, lines: deliverLines(result) });
  });
}
