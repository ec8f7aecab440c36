import { existsSync } from "node:fs";
import { Command, InvalidArgumentError } from "commander";
import { Name } from "xtremepush-access";
import { recoverAdmin } from "../bootstrap";
import { Closers } from "../closers";
import { plain } from "../plain-text";
import { type Flags, readSettings, type Settings } from "../settings";
import { openData } from "../start";
import { StartFailure } from "../start-failure";
import { TERMINAL } from "./output";

const EXAMPLE = `
Example:
  $ TOKEN=$(xtremepush-access-backend admin recover --name ana-2)

It works on the database itself: on the server of DATABASE_URL beside running backends, or on a folder whose backend is stopped.`;

export function adminCommand(): Command {
  const command = new Command("admin").description("Look after admins.");
  command
    .command("recover")
    .description(
      "Make a new admin when the last token is lost. Its token is written alone to standard output, this once.",
    )
    .requiredOption("--name <name>", "a name that no actor ever had", readName)
    .option("--data-dir <folder>", "folder of the embedded database (default: ./.xtremepush-access)")
    .addHelpText("after", EXAMPLE)
    .action(recover);
  return command;
}

function readName(text: string): string {
  const name = Name.safeParse(text);
  if (name.success) return name.data;
  throw new InvalidArgumentError(name.error.issues.map(({ message }) => message).join("; "));
}

async function recover({ name, ...flags }: { name: string } & Flags): Promise<void> {
  const closers = new Closers();
  try {
    const settings = readSettings(flags, process.env);
    assertThere(settings);
    const database = await openData(settings, closers);
    const token = await recoverAdmin(database.db, name, new Date());
    TERMINAL.err(
      `Made the admin ${plain(name)}. Its token is shown this once; revoke the lost one with \`actor revoke\`.`,
    );
    TERMINAL.out(token);
  } finally {
    await closers.close();
  }
}

// Opening would make a new backend in the wrong folder, with an admin that nobody looks for.
function assertThere({ databaseUrl, dataDir }: Settings): void {
  if (databaseUrl !== null || existsSync(dataDir)) return;
  throw new StartFailure(`There is no backend in ${dataDir}: give its folder with --data-dir, or set DATABASE_URL.`);
}
