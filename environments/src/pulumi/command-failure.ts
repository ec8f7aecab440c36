import { visible } from "xtremepush-access/text";
import { EnvironmentFailure, refusal } from "../environment-failure";
import { NoPulumiError, PulumiError } from "./pulumi-cli";

/** The longest reason that is passed on, in code points. */
const REASON_MAX = 600;

/** Says in one sentence why a command of Pulumi failed; any other error is thrown again. */
export function commandFailure(what: string, error: unknown): EnvironmentFailure {
  if (error instanceof NoPulumiError) {
    return refusal(
      `${what}: there is no Pulumi CLI on the PATH; install it, for example with \`npm install --save-dev pulumi\``,
    );
  }
  if (!(error instanceof PulumiError)) throw error;
  const [reason] = marked(error.stderr, /^error: (.+)$/);
  if (reason !== undefined) return new EnvironmentFailure(`${what}: ${visible(reason, REASON_MAX)}`);
  const [missing] = marked(error.stderr, /^pulumi: (.+)$/);
  if (missing !== undefined) {
    return new EnvironmentFailure(
      `${what}: the npm package \`pulumi\` starts no CLI (${visible(missing, REASON_MAX)}); npx finds it before the PATH: where it ` +
        "cannot download one, run `npm uninstall pulumi` and put a Pulumi CLI on the PATH",
    );
  }
  return new EnvironmentFailure(`${what}: Pulumi gives no reason (${error.end})`);
}

/** What follows the mark of the lines that have it: the CLI marks its errors, and the npm package that downloads the CLI its own. */
function marked(stderr: string, mark: RegExp): readonly string[] {
  return stderr.split("\n").flatMap((line) => mark.exec(line)?.[1]?.trim() ?? []);
}
