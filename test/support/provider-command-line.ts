import { join } from "node:path";
import { type Finished, runCommand } from "../../scripts/pulumi-cli/run-command";

const MAIN = join(__dirname, "../../provider/dist/cli/main.js");

/** Runs a command of the built provider to its end, with these XTREMEPUSH_ variables and no others. */
export function runProviderCommand(
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  const env = {
    XTREMEPUSH_ENDPOINT: "",
    XTREMEPUSH_PROJECT: "",
    XTREMEPUSH_TOKEN: "",
    XTREMEPUSH_OWNER: "",
    ...variables,
  };
  return runCommand(process.execPath, [MAIN, ...args], { env });
}
