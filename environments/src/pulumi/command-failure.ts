import { visible } from "xtremepush-access/text";
import { EnvironmentFailure } from "../environment-failure";

/** The longest reason that is passed on, in code points. */
const REASON_MAX = 600;

/**
 * Says in one sentence why a command of Pulumi failed.
 *
 * An error of the Automation API holds all that its command printed, and a state that was printed holds secrets in plain
 * text. So only the lines that Pulumi marks as its error are passed on.
 */
export function commandFailure(what: string, error: unknown): EnvironmentFailure {
  if (isMissing(error)) {
    return new EnvironmentFailure(
      `${what}: there is no Pulumi CLI on the PATH; install it, for example with \`npm install --save-dev pulumi\``,
      2,
    );
  }
  const lines = (error instanceof Error ? error.message : String(error)).split("\n");
  const reasons = lines.flatMap((line) => /^\s*(?:stderr:\s*)?error: (.+)$/.exec(line)?.[1]?.trim() ?? []);
  const [reason = "Pulumi gives no reason"] = reasons;
  return new EnvironmentFailure(`${what}: ${visible(reason, REASON_MAX)}`);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && /\bspawn \S*pulumi\S* ENOENT\b/.test(error.message);
}
