import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, globSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../process/free-port";

/** The programs of Debian's PostgreSQL, the newest one; undefined without it. npm's has no pg_dump. */
export const SYSTEM_POSTGRES = globSync("/usr/lib/postgresql/*/bin/postgres")
  .map((program) => program.slice(0, -"/postgres".length))
  .at(-1);

export interface SystemPostgres {
  /** The address of the database `postgres` for its superuser. */
  readonly url: string;
  close(): void;
}

/** Starts Debian's PostgreSQL with a database cluster of its own. */
export async function startSystemPostgres(programs: string): Promise<SystemPostgres> {
  const folder = mkdtempSync(join(tmpdir(), "xtremepush-access-system-postgres-"));
  chmodSync(folder, 0o755);
  const user = ordinaryUser();
  if (user !== null) chownSync(folder, user.uid, user.gid);
  const [data, passwords, port] = [join(folder, "data"), join(folder, "password"), await freePort()];
  writeFileSync(passwords, "test\n", { mode: 0o644 });
  const call = (program: string, args: readonly string[]) =>
    void execFileSync(join(programs, program), args, { stdio: "ignore", cwd: folder, ...user });
  call("initdb", [
    "-D",
    data,
    "-U",
    "tester",
    "--auth=scram-sha-256",
    `--pwfile=${passwords}`,
    "--encoding=UTF8",
    "--no-sync",
  ]);
  const options = `-p ${port} -c fsync=off -c unix_socket_directories= -c listen_addresses=127.0.0.1`;
  call("pg_ctl", ["-D", data, "-w", "-l", join(folder, "log"), "-o", options, "start"]);
  return {
    url: `postgresql://tester:test@127.0.0.1:${port}/postgres`,
    close: () => {
      call("pg_ctl", ["-D", data, "-w", "-m", "immediate", "stop"]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL refuses to run as root. */
function ordinaryUser(): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const id = (flag: string) => Number(execFileSync("id", [flag, "nobody"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}
