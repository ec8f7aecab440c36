import type { Command } from "xtremepush-access-review/cli";

/** The options of every command. */
export interface CommonOptions {
  /** The folder of Pulumi.yaml and access-env.yaml. */
  readonly program: string;
  readonly json: boolean;
}

/** Whether standard output is a terminal that wants colours. */
export function isColoured(): boolean {
  return process.stdout.isTTY === true && !process.env["NO_COLOR"];
}

export function withCommonOptions(command: Command): Command {
  return command
    .option("--program <dir>", "the folder with Pulumi.yaml and access-env.yaml", ".")
    .option("--json", "print JSON", false);
}
