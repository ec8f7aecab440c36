import { shareEmptyDatabase } from "../backend/empty-database";
import { startPostgres, stopPostgres } from "../backend/postgres";

/** Mocha calls it once before all files, in whose processes the tests then find the server and an empty database. */
export async function mochaGlobalSetup(): Promise<void> {
  await Promise.all([startPostgres(), shareEmptyDatabase()]);
}

export const mochaGlobalTeardown = stopPostgres;
