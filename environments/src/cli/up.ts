import { SecretOverlap } from "xtremepush-access/schemas";
import { Command, InvalidArgumentError } from "xtremepush-access-review/cli";
import { refusal } from "../environment-failure";
import { Progress } from "../pulumi/progress";
import type { RotationRequest } from "../run/plan-rotations";
import { up } from "../run/up";
import { printResult } from "./print";
import { type CommonOptions, isColoured, withCommonOptions } from "./program-option";
import { isChanged, upLines } from "./report";
import { type WaitOption, withWaitOption } from "./wait-option";

interface UpCommandOptions extends CommonOptions, WaitOption {
  readonly rotate: readonly string[];
  readonly rotateAll: boolean;
  readonly overlap?: string;
}

/** `up NAME`: makes an environment whole. */
export function upCommand(): Command {
  const command = new Command("up")
    .description("Sets up an environment: makes what is missing, runs the program, delivers the credentials.")
    .argument("<name>", "the environment")
    .addHelpText(
      "after",
      "\nRun it again at any time: it goes on where a run has failed or died, and changes nothing else.\nWith --rotate, the old secret ends when every destination has the new one.",
    );
  command
    .option(
      "--rotate <client>",
      "give this client a new secret, deliver it, and end the old one; repeatable",
      collect,
      [],
    )
    .option("--rotate-all", "the same for all clients whose secrets are delivered", false)
    .option("--overlap <duration>", "with --rotate: how long the old secret works at least, as in 24h", readOverlap);
  return withCommonOptions(withWaitOption(command)).action(async (name: string, options: UpCommandOptions) => {
    const { program, json, wait: waitMs, ...asked } = options;
    const result = await up(program, name, {
      progress: new Progress(process.stderr),
      waitMs,
      rotate: requestOf(asked),
    });
    const lines = json ? [] : upLines(result, isColoured());
    await printResult({ command: "up", changed: isChanged(result), ...result }, { json, lines });
  });
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function readOverlap(text: string): string {
  const overlap = SecretOverlap.safeParse(text);
  if (overlap.success) return overlap.data;
  throw new InvalidArgumentError(`${overlap.error.issues[0]?.message ?? "it is not an overlap"}.`);
}

function requestOf({
  rotate,
  rotateAll,
  overlap,
}: Omit<UpCommandOptions, keyof CommonOptions | "wait">): RotationRequest | null {
  if (rotateAll || rotate.length > 0) return { clients: rotateAll ? "all" : rotate, overlap: overlap ?? null };
  if (overlap === undefined) return null;
  throw refusal("`--overlap` is for `--rotate` or `--rotate-all`; without them, no secret is replaced");
}
