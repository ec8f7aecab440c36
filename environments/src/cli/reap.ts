import { count, word } from "xtremepush-access/text";
import { Command, InvalidArgumentError } from "xtremepush-access-review/cli";
import { EXIT_CODES } from "../environment-failure";
import { type Reaped, type ReapResult, reap } from "../run/reap";
import { printResult } from "./print";
import { type CommonOptions, withCommonOptions } from "./program-option";

interface ReapCommandOptions extends CommonOptions {
  readonly yes: boolean;
  readonly branches?: string | true;
  readonly max: number;
}

/** A wrong list of branches removes no more than this. */
const MAX_DEFAULT = 20;

/** `reap`: removes short-lived environments that are past their end. */
export function reapCommand(): Command {
  const command = new Command("reap")
    .description("Removes environments of patterns whose time to live is over, or whose branch is gone.")
    .option("--yes", "remove them; without it, they are only listed", false)
    .option(
      "--branches [file]",
      "remove also those whose branch is not in the file, in standard input (-), or without a file at the remote of git",
    )
    .option("--max <count>", "how many to remove at most", maxOf, MAX_DEFAULT)
    .addHelpText(
      "after",
      `
Environments with an entry of their own, protected ones and those that a run is changing stay. \`branch\` of a pattern in
access-env.yaml says which branch an environment belongs to. Where one fails, the others are removed, the exit code is 1, and
the next run finishes it.`,
    );
  return withCommonOptions(command).action(async ({ program, json, ...options }: ReapCommandOptions) => {
    const result = await reap(program, { ...options, branches: options.branches ?? null, terminal: process.stderr });
    if (result.failed.length > 0) process.exitCode = EXIT_CODES.failed;
    await printResult({ command: "reap", ...result }, { json, lines: reapLines(result) });
  });
}

/** The report of `reap` as lines. */
export function reapLines({ dryRun, removed, kept, failed }: ReapResult): string[] {
  const done = dryRun ? "would be removed" : "removed";
  return [
    removed.length === 0
      ? `Nothing ${dryRun ? "is to be removed" : "was removed"}.`
      : `${count(removed.length, "environment")} ${done}:`,
    ...removed.map((each) => `  ${describe(each)}`),
    ...(failed.length === 0 ? [] : ["", "Failed; the next run finishes them:"]),
    ...failed.map((each) => `  ${describe(each)}: ${each.error}`),
    ...(kept.length === 0 ? [] : ["", "Kept:"]),
    ...kept.map(({ environment, project, why }) => `  ${word(environment)}  project ${word(project)}: ${why}`),
    ...(dryRun && removed.length > 0 ? ["", "Remove them with --yes."] : []),
  ];
}

function describe({ environment, project, reason, expiresTime }: Reaped): string {
  const end = reason === "expired" && expiresTime !== null ? `expired at ${expiresTime}` : reason;
  return `${word(environment)}  project ${word(project)}  ${end}`;
}

function maxOf(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It is a whole number from 1.");
}
