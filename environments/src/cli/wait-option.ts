import { Duration, durationMs } from "xtremepush-access/schemas";
import { type Command, InvalidArgumentError, Option } from "xtremepush-access-review/cli";

/** How long a command waits for another run, in milliseconds. */
export interface WaitOption {
  readonly wait: number;
}

/** Longer than most runs take; a pipeline's own limit is usually longer still. */
const WAIT_DEFAULT = "10m";

export function withWaitOption(command: Command): Command {
  return command.addOption(
    new Option(
      "--wait <duration>",
      "how long to wait for another run that is changing the environment, such as 90s or 10m; 0s fails at once",
    )
      .argParser(waitOf)
      .default(waitOf(WAIT_DEFAULT), WAIT_DEFAULT),
  );
}

function waitOf(text: string): number {
  const read = Duration.safeParse(text);
  if (read.success) return durationMs(read.data);
  throw new InvalidArgumentError(`${read.error.issues[0]?.message ?? "It is not a duration"}.`);
}
