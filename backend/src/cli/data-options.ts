import { type Command, Option } from "commander";
import { DATABASES } from "../process/settings";

/** Adds the options that say where the data is. */
export function addDataOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--database <kind>",
        "server needs DATABASE_URL, embedded ignores it (default: server if DATABASE_URL is set)",
      ).choices(DATABASES),
    )
    .option("--data-dir <folder>", "folder of the embedded database (default: ./.xtremepush-access)");
}
