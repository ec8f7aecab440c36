import { Command } from "xtremepush-access-review/cli";
import { preview } from "../run/preview";
import { printResult } from "./print";
import { type CommonOptions, isColoured, withCommonOptions } from "./program-option";
import { previewLines } from "./report";

/** `preview NAME`: what `up` would do to access. */
export function previewCommand(): Command {
  const command = new Command("preview")
    .description("Reports which permissions `up` would give and take, and changes nothing.")
    .argument("<name>", "the environment");
  return withCommonOptions(command).action(async (name: string, { program, json }: CommonOptions) => {
    const result = await preview(program, name);
    await printResult({ command: "preview", ...result }, { json, lines: previewLines(result, isColoured()) });
  });
}
