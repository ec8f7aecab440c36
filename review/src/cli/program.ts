import { Command, CommanderError } from "commander";
import { EXIT_CODES } from "../model/decision";
import { ReviewFailure } from "../review-failure";
import { VERSION } from "../version";

const EXAMPLES = `
Exit codes: 0 nothing to decide, 1 needs approval, 2 denied, 3 could not compare.`;

/** Runs one command and answers its exit code. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  try {
    await buildProgram().parseAsync([...argv]);
    return Number(process.exitCode ?? EXIT_CODES.nothing);
  } catch (error) {
    return exitCodeOf(error);
  }
}

function buildProgram(): Command {
  const program = new Command("xtremepush-access-review")
    .description("Reviews what a change of a Pulumi program does to API access.")
    .version(VERSION)
    .addHelpText("after", EXAMPLES);
  throwInsteadOfExit(program);
  return program;
}

function throwInsteadOfExit(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) throwInsteadOfExit(child);
}

/** Whatever goes wrong is no "nothing to decide": it fails closed. */
function exitCodeOf(error: unknown): number {
  // Commander has written its message or the help already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.nothing : EXIT_CODES.failed;
  if (!(error instanceof ReviewFailure)) throw error;
  process.stderr.write(`${error.message}\n`);
  return EXIT_CODES.failed;
}
