import { randomBytes } from "node:crypto";
import { Command } from "commander";
import { makeSecret } from "../credentials/secrets";
import { TERMINAL } from "./output";

export function tokenCommand(): Command {
  const command = new Command("token").description("Make tokens.");
  command
    .command("generate")
    .description("Make a token for XTREMEPUSH_ACCESS_ADMIN_TOKEN; it is stored nowhere.")
    .addHelpText(
      "after",
      "\nExample:\n  $ export XTREMEPUSH_ACCESS_ADMIN_TOKEN=$(xtremepush-access-backend token generate)",
    )
    .action(() => TERMINAL.out(makeSecret("xpat")));
  return command;
}

export function keyCommand(): Command {
  const command = new Command("key").description("Make keys.");
  command
    .command("generate")
    .description("Make a key for XTREMEPUSH_ACCESS_KEY, which encrypts the signing keys; it is stored nowhere.")
    .addHelpText("after", "\nExample:\n  $ export XTREMEPUSH_ACCESS_KEY=$(xtremepush-access-backend key generate)")
    .action(() => TERMINAL.out(randomBytes(32).toString("base64url")));
  return command;
}
