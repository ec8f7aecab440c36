import { visible, visibleLines } from "xtremepush-access/text";
import { Command, CommanderError, surviveFailedWrites, throwInsteadOfExit } from "xtremepush-access-review/cli";
import { EnvironmentFailure, EXIT_CODES } from "../environment-failure";
import { VERSION } from "../version";
import { deliverCommand } from "./deliver";
import { diffCommand } from "./diff";
import { downCommand } from "./down";
import { sentenceOf } from "./failure-sentence";
import { listCommand } from "./list";
import { previewCommand } from "./preview";
import { reapCommand } from "./reap";
import { statusCommand } from "./status";
import { upCommand } from "./up";
import { whoamiCommand } from "./whoami";

const NOTES = `
The environments are in access-env.yaml, beside Pulumi.yaml. Each is a Pulumi stack, in the state that you are logged in to. Without a
login and PULUMI_BACKEND_URL, the state is in .access-env/state.
Exit codes: 0 done, 1 failed (of diff: broader), 2 refused before any request.`;

/** The longest message that is printed, in code points. */
const MESSAGE_MAX = 1_000;

const COMMANDS = [
  upCommand,
  previewCommand,
  deliverCommand,
  downCommand,
  reapCommand,
  listCommand,
  statusCommand,
  diffCommand,
  whoamiCommand,
];

/** Runs one command and returns its exit code. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  surviveFailedWrites();
  try {
    await buildProgram().parseAsync([...argv]);
    return Number(process.exitCode ?? EXIT_CODES.done);
  } catch (error) {
    return exitCodeOf(error);
  }
}

/** Builds the program with all its commands. */
export function buildProgram(): Command {
  const program = new Command("xtremepush-access-env")
    .description("Sets up the API access of an environment, and takes it down.")
    .version(VERSION)
    .addHelpText("after", NOTES);
  for (const command of COMMANDS) program.addCommand(command());
  throwInsteadOfExit(program);
  return program;
}

function exitCodeOf(error: unknown): number {
  // Commander has already printed its message or the help.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.done : EXIT_CODES.refused;
  // Only this program composes a failure of several lines, one for each destination.
  const show = error instanceof EnvironmentFailure ? visibleLines : visible;
  process.stderr.write(`${show(sentenceOf(error), MESSAGE_MAX)}\n`);
  return error instanceof EnvironmentFailure ? error.exitCode : EXIT_CODES.failed;
}
