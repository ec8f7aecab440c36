import { Command } from "commander";
import { reviewSchema } from "../outputs/json";

/** `schema`: the JSON Schema of the JSON output. */
export function schemaCommand(): Command {
  return new Command("schema")
    .description("Prints the JSON Schema of what `diff --format json` prints.")
    .action(() => void process.stdout.write(reviewSchema()));
}
