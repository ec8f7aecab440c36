import { existsSync } from "node:fs";
import { Command, InvalidArgumentError } from "commander";
import { Name } from "xtremepush-access/schemas";
import { visible } from "xtremepush-access/text";
import type { Database } from "../database/open";
import { StartFailure } from "../failures/start-failure";
import { Closers } from "../process/closers";
import { databaseFolder } from "../process/data-folder";
import { type Flags, readSettings, type Settings } from "../process/settings";
import type { WatchdogLimits } from "../process/watchdog-thread";
import { addDataOptions } from "./data-options";
import { TERMINAL } from "./output";
import { type Times, watchOpening } from "./watch";

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
    "Look after the database itself: recover an admin, migrate the tables.",
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
  return command;
}

function readName(text: string): string {
  const name = Name.safeParse(text);
  if (name.success) return name.data;
  throw new InvalidArgumentError(name.error.issues.map(({ message }) => message).join("; "));
}

type Limits = WatchdogLimits | undefined;

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

async function withData(flags: Flags, limits: Limits, work: (database: Database) => Promise<void>): Promise<void> {
  const settings = readSettings(flags, process.env);
  assertThere(settings);
  const report = (line: string) => TERMINAL.err(line);
  const opened = watchOpening(settings, report, limits);
  // Loaded only now, as in `start`.
  const { openData } = await import("../process/start.js");
  const closers = new Closers();
  try {
    const database = await openData(settings, closers, report);
    opened();
    await work(database);
  } finally {
    await closers.close();
  }
}

// Opening would create a new backend in a wrong folder, with an admin that nobody expects.
function assertThere({ databaseUrl, dataDir }: Settings): void {
  if (databaseUrl !== null || existsSync(databaseFolder(dataDir))) return;
  throw new StartFailure(`There is no backend in ${dataDir}: give its folder with --data-dir, or set DATABASE_URL.`);
}
