import { Command, CommanderError } from "commander";
import { AccessError } from "xtremepush-access";
import { visible, visibleLines } from "xtremepush-access/text";
import { CommandFailure } from "./command-failure";
import { exportCommand } from "./export-command";
import { TERMINAL } from "./output";
import { VERSIONS } from "./versions";

const EXAMPLES = `
Example:
  $ pulumi-xtremepush export --project acme --out access/

Exit codes: 0 done, 1 failed, 2 invalid usage.`;

/** Runs one command and returns its exit code: 0 done, 1 failed, 2 invalid usage. */
export async function runCommandLine(argv: readonly string[]): Promise<0 | 1 | 2> {
  try {
    await buildProgram().parseAsync([...argv]);
    return 0;
  } catch (error) {
    return exitCodeOf(error);
  }
}

/** The program with all of its commands. */
export function buildProgram(): Command {
  const program = new Command("pulumi-xtremepush")
    .description("Pulumi programs for Xtremepush API access: writes one from a live project.")
    .version(VERSIONS.provider)
    .addHelpText("after", EXAMPLES)
    .exitOverride();
  program.addCommand(exportCommand().exitOverride());
  for (const command of [program, ...program.commands]) {
    command.configureOutput({ writeErr: (text) => process.stderr.write(visibleLines(text)) });
  }
  return program;
}

function exitCodeOf(error: unknown): 0 | 1 | 2 {
  // Commander has already written its message or the help.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof CommandFailure) TERMINAL.err(error.message);
  else if (AccessError.is(error)) TERMINAL.err(visible(error.message));
  else throw error;
  return error instanceof CommandFailure ? error.exitCode : 1;
}
