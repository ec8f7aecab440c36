import { Command, CommanderError } from "commander";
import { EXIT_CODES } from "../model/decision";
import { SENTENCE_MAX, visible } from "../outputs/visible";
import { ReviewFailure } from "../review-failure";
import { VERSION } from "../version";
import { checkCommand } from "./check";
import { throwInsteadOfExit } from "./command-errors";
import { commentCommand } from "./comment";
import { diffCommand } from "./diff";
import { lockCommand } from "./lock";
import { manifestCommand } from "./manifest";
import { surviveFailedWrites } from "./print";
import { rulesCommand } from "./rules";
import { schemaCommand } from "./schema";
import { unusedCommand } from "./unused";
import { verifyCommand } from "./verify";

const EXIT_CODE_HELP = `
Exit codes: 0 nothing to decide, 1 needs approval, 2 denied, 3 could not compare.`;

const COMMANDS = [
  manifestCommand,
  lockCommand,
  checkCommand,
  diffCommand,
  verifyCommand,
  rulesCommand,
  unusedCommand,
  schemaCommand,
  commentCommand,
];

/** Runs one command and returns its exit code. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  surviveFailedWrites();
  try {
    await buildProgram().parseAsync([...argv]);
    return Number(process.exitCode ?? EXIT_CODES.nothing);
  } catch (error) {
    const failed = exitCodeOf(error);
    // What was denied stays denied, also when that cannot be written.
    return process.exitCode === EXIT_CODES.denied ? EXIT_CODES.denied : failed;
  }
}

/** Builds the program with all its commands. */
export function buildProgram(): Command {
  const program = new Command("xtremepush-access-review")
    .description("Reviews how a change to a Pulumi program affects API access.")
    .version(VERSION)
    .addHelpText("after", EXIT_CODE_HELP);
  for (const command of COMMANDS) program.addCommand(command());
  throwInsteadOfExit(program);
  return program;
}

/** Fails closed: an error must never look like "nothing to decide". */
function exitCodeOf(error: unknown): number {
  // Commander has already printed its message or the help.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.nothing : EXIT_CODES.failed;
  const frames = error instanceof Error && !(error instanceof ReviewFailure) ? framesOf(error) : [];
  const message = error instanceof ReviewFailure ? error.message : String(error);
  process.stderr.write(`${[visible(message, SENTENCE_MAX), ...frames].join("\n")}\n`);
  return EXIT_CODES.failed;
}

/** The frames alone: the message before them may hold several lines of a stranger's text. */
function framesOf({ stack = "", message }: Error): string[] {
  const lines = stack.slice(stack.indexOf(message) + message.length).split("\n");
  return lines.filter((line) => /^ +at /.test(line)).map((line) => visible(line, SENTENCE_MAX));
}
