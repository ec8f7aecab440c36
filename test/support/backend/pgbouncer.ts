import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePort } from "../process/free-port";

const PROGRAM = "/usr/sbin/pgbouncer";

/** Whether this machine has Debian's PgBouncer. */
export const HAS_PGBOUNCER = existsSync(PROGRAM);

export interface PgBouncer {
  /** The address of the database through the pooler. */
  readonly url: string;
  close(): Promise<void>;
}

/** Starts a PgBouncer before a database; `settings` are lines of its file, as in `pool_mode = transaction`. */
export async function startPgBouncer(databaseUrl: string, settings: readonly string[]): Promise<PgBouncer> {
  const target = new URL(databaseUrl);
  const database = target.pathname.slice(1);
  const login = `user=${target.username} password=${target.password}`;
  return startWith(target, (port) => [
    "[databases]",
    `${database} = host=127.0.0.1 port=${target.port} dbname=${database} ${login}`,
    "[pgbouncer]",
    ...["listen_addr = 127.0.0.1", `listen_port = ${port}`, "unix_socket_dir =", "auth_type = plain"],
    ...["auth_file = FOLDER/users.txt", "default_pool_size = 4", ...settings],
  ]);
}

/** Starts a PgBouncer before a database with a file as a reader has it, in which these texts stand for what is here. */
export async function startDocumentedPgBouncer(
  databaseUrl: string,
  file: string,
  names: { readonly server: string; readonly port: string; readonly users: string },
): Promise<PgBouncer> {
  const target = new URL(databaseUrl);
  return startWith(target, (port) => [
    file
      .replace(names.server, `host=${target.hostname} port=${target.port}`)
      .replace(names.port, `listen_port = ${port}`)
      .replace(names.users, "FOLDER/users.txt"),
    "unix_socket_dir =",
  ]);
}

async function startWith(target: URL, linesOf: (port: number) => readonly string[]): Promise<PgBouncer> {
  const folder = mkdtempSync(join(tmpdir(), "xtremepush-access-pgbouncer-"));
  chmodSync(folder, 0o755);
  const port = await freePort();
  const file = join(folder, "pgbouncer.ini");
  writeFileSync(join(folder, "users.txt"), `"${target.username}" "${target.password}"\n`);
  writeFileSync(file, `${linesOf(port).join("\n").replaceAll("FOLDER", folder)}\n`);
  const child = spawn(PROGRAM, [file], { stdio: "ignore", ...ordinaryUser() });
  await isListening(child, port);
  const address = new URL(target);
  [address.hostname, address.port] = ["127.0.0.1", String(port)];
  return {
    url: address.href,
    close: async () => {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** PgBouncer refuses to run as root. */
function ordinaryUser(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync("id", [flag, "nobody"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

async function isListening(child: ChildProcess, port: number): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`PgBouncer ended with ${child.exitCode}`);
    const socket = connect(port, "127.0.0.1");
    try {
      await once(socket, "connect");
      return;
    } catch {
      await wait(20);
    } finally {
      socket.destroy();
    }
  }
}
