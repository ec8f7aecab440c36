import { existsSync } from "node:fs";
import type { Database } from "../database/open";
import { StartFailure } from "../failures/start-failure";
import { Closers } from "../process/closers";
import { databaseFolder } from "../process/data-folder";
import { type Flags, readSettings, type Settings } from "../process/settings";
import type { WatchdogLimits } from "../process/watchdog-thread";
import { TERMINAL } from "./output";
import { watchOpening } from "./watch";

/** The watchdog's limits, which tests shorten. */
export type Limits = WatchdogLimits | undefined;

/** Runs a command on the database itself, with its tables up to date. */
export async function withData(
  flags: Flags,
  limits: Limits,
  work: (database: Database) => Promise<void>,
): Promise<void> {
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
