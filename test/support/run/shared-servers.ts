import { startPostgres, stopPostgres } from "../backend/postgres";

/** Mocha calls it once before all files, in whose processes the tests then find the server. */
export const mochaGlobalSetup = startPostgres;

export const mochaGlobalTeardown = stopPostgres;
