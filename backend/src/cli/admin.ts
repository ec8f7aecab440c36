import { Command, InvalidArgumentError } from "commander";
import { Name } from "xtremepush-access/schemas";
import { visible } from "xtremepush-access/text";
import type { Flags } from "../process/settings";
import { auditExportCommand, auditPruneCommand } from "./admin-audit";
import { restoredCommand } from "./admin-restored";
import { addDataOptions } from "./data-options";
import { type Limits, withData } from "./data-work";
import { TERMINAL } from "./output";
import type { Times } from "./watch";

const MIGRATE_EXAMPLE = `
Example:
  $ DATABASE_URL=postgresql://access_owner@db.internal/access xtremepush-access-backend admin migrate

For a role of its own: docs/backend.md shows how the role that serves requests then cannot change audit rows.`;

const EXAMPLE = `
Example:
  $ TOKEN=$(xtremepush-access-backend admin recover --name ana-2)

It works on the database itself: on the server of DATABASE_URL beside running backends, or on a folder whose backend is stopped.`;

export function adminCommand({ watchdog }: Times = {}): Command {
  const command = new Command("admin").description(
    "Look after the database itself: recover an admin, migrate the tables, announce a restore, export and prune old audit rows.",
  );
  addDataOptions(command.command("recover"))
    .description(
      "Make a new admin after the last token was lost. Only its token is written to standard output, and only once.",
    )
    .requiredOption("--name <name>", "a name that no actor has used before", readName)
    .addHelpText("after", EXAMPLE)
    .action((options: { name: string } & Flags) => recover(options, watchdog));
  addDataOptions(command.command("migrate"))
    .description("Bring the tables up to date and exit; start also does it if its role may.")
    .addHelpText("after", MIGRATE_EXAMPLE)
    .action((flags: Flags) => migrate(flags, watchdog));
  for (const make of [restoredCommand, auditExportCommand, auditPruneCommand]) command.addCommand(make(watchdog));
  return command;
}

function readName(text: string): string {
  const name = Name.safeParse(text);
  if (name.success) return name.data;
  throw new InvalidArgumentError(name.error.issues.map(({ message }) => message).join("; "));
}

async function recover({ name, ...flags }: { name: string } & Flags, limits: Limits): Promise<void> {
  await withData(flags, limits, async ({ db }) => {
    const { recoverAdmin } = await import("../process/bootstrap.js");
    const token = await recoverAdmin(db, name, new Date());
    TERMINAL.err(
      `Made the admin ${visible(name)}. Its token is shown only once; revoke the lost one with \`actor revoke\`.`,
    );
    TERMINAL.out(token);
  });
}

async function migrate(flags: Flags, limits: Limits): Promise<void> {
  // Opening a database brings its tables up to date.
  await withData(flags, limits, async () => TERMINAL.out("The tables are up to date."));
}
