import { word } from "xtremepush-access/text";
import { accessLines } from "xtremepush-access-review";
import { Command } from "xtremepush-access-review/cli";
import { EXIT_CODES } from "../environment-failure";
import { diff } from "../run/diff";
import { printResult } from "./print";
import { type CommonOptions, isColoured, withCommonOptions } from "./program-option";

/** `diff A B`: what may be done in B and not in A. */
export function diffCommand(): Command {
  const command = new Command("diff")
    .description(
      "Reports what clients may do in one environment that they may not do in another, as the program declares it.",
    )
    .argument("<from>", "the environment to compare with, such as staging")
    .argument("<to>", "the environment to judge, such as production")
    .addHelpText(
      "after",
      "\nFails (exit code 1) when <to> is broader, or a part of it is not known. It needs no state, token or passphrase.",
    );
  return withCommonOptions(command).action(async (from: string, to: string, { program, json }: CommonOptions) => {
    const result = await diff(program, from, to);
    if (result.broader) process.exitCode = EXIT_CODES.failed;
    const lines = [`From ${word(from)} to ${word(to)}:`, ...accessLines(result.access, { colour: isColoured() })];
    await printResult({ command: "diff", ...result }, { json, lines });
  });
}
