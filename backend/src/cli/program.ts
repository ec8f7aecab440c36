import { Command, CommanderError } from "commander";
import { AccessError, ValidationError } from "xtremepush-access";
import { visible, visibleLines } from "xtremepush-access/text";
import { VERSION } from "../app/version";
import { StartFailure } from "../failures/start-failure";
import { actorCommand } from "./actor";
import { adminCommand } from "./admin";
import { auditCommand } from "./audit";
import { clientCommand } from "./client";
import { keyCommand, tokenCommand } from "./generate";
import { issuerCommand } from "./issuer";
import { endUnread, TERMINAL } from "./output";
import { permissionCommand } from "./permission";
import { projectCommand } from "./project";
import { startCommand } from "./start";
import type { Times } from "./watch";

const EXAMPLES = `
Examples:
  $ xtremepush-access-backend start
  $ xtremepush-access-backend project create retail

Commands other than start, token, key and admin call the backend of XTREMEPUSH_ENDPOINT with the token in XTREMEPUSH_TOKEN.
Exit codes: 0 done, 1 failed, 2 invalid usage.`;

/** Runs one command and returns its exit code: 0 done, 1 failed, 2 invalid usage. `times` are for tests. */
export async function runCommandLine(argv: readonly string[], times: Times = {}): Promise<0 | 1 | 2> {
  process.stdout.on("error", endUnread);
  try {
    await buildProgram(times).parseAsync([...argv]);
    return 0;
  } catch (error) {
    return exitCodeOf(error);
  }
}

/** The program with all of its commands. */
export function buildProgram(times: Times = {}): Command {
  const program = new Command("xtremepush-access-backend")
    .description("The API Integrations backend: client IDs, their permissions, who changed them, and access tokens.")
    .version(VERSION)
    .addHelpText("after", EXAMPLES);
  const commands = [
    startCommand,
    projectCommand,
    actorCommand,
    issuerCommand,
    clientCommand,
    permissionCommand,
    auditCommand,
    adminCommand,
    tokenCommand,
    keyCommand,
  ];
  for (const command of commands) program.addCommand(command(times));
  throwInsteadOfExit(program);
  return program;
}

function throwInsteadOfExit(command: Command): void {
  command.exitOverride().configureOutput({ writeErr: (text) => process.stderr.write(visibleLines(text)) });
  for (const child of command.commands) throwInsteadOfExit(child);
}

function exitCodeOf(error: unknown): 0 | 1 | 2 {
  // Commander has already written its message or the help.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof StartFailure) {
    TERMINAL.err(error.message);
    return error.exitCode;
  }
  if (!AccessError.is(error)) throw error;
  TERMINAL.err(visible(error.message));
  // What was refused before it was sent is wrong in the command itself.
  return ValidationError.is(error) && error.status === undefined ? 2 : 1;
}
