import { Command, CommanderError } from "commander";
import { visible, visibleLines } from "xtremepush-access/text";
import { EXIT_CODES, GatewayFailure } from "../gateway-failure";
import { VERSION } from "../version";
import { checkCommand } from "./check";
import { startCommand } from "./start";

const NOTES = `
The gateway is described in gateway.yaml. It holds the credential of the External API, so that integrations need none: each calls the
gateway with an access token of the backend, and gets what its grant allows at that moment.
Exit codes: 0 done, 1 failed, 2 invalid usage or gateway.yaml.`;

/** The longest message that is printed, in code points. */
const MESSAGE_MAX = 1_000;

/** Runs one command and returns its exit code. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  try {
    await buildProgram().parseAsync([...argv]);
    return Number(process.exitCode ?? EXIT_CODES.done);
  } catch (error) {
    // Commander has already printed its message or the help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.done : EXIT_CODES.refused;
    if (!(error instanceof GatewayFailure)) throw error;
    for (const line of error.message.split("\n")) process.stderr.write(`${visible(line, MESSAGE_MAX)}\n`);
    return error.exitCode;
  }
}

/** Builds the program with all its commands. */
export function buildProgram(): Command {
  const program = new Command("xtremepush-access-gateway")
    .description("Lets calls of the External API through when the caller's live grant allows them.")
    .version(VERSION)
    .addHelpText("after", NOTES);
  for (const command of [startCommand, checkCommand]) program.addCommand(command());
  throwInsteadOfExit(program);
  return program;
}

function throwInsteadOfExit(command: Command): void {
  command.exitOverride().configureOutput({ writeErr: (text) => process.stderr.write(visibleLines(text)) });
  for (const child of command.commands) throwInsteadOfExit(child);
}
