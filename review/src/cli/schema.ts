import { Command } from "commander";
import { reviewSchema } from "../outputs/json";
import { print } from "./print";

/** `schema`: the JSON Schema of the JSON output. */
export function schemaCommand(): Command {
  return new Command("schema")
    .description("Prints the JSON Schema of the output of `diff --format json`.")
    .action(() => print(reviewSchema()));
}
