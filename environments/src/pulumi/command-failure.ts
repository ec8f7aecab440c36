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
  const reasons = error.stderr.split("\n").flatMap((line) => /^error: (.+)$/.exec(line)?.[1]?.trim() ?? []);
  const [reason = `Pulumi gives no reason (${error.end})`] = reasons;
  return new EnvironmentFailure(`${what}: ${visible(reason, REASON_MAX)}`);
}
