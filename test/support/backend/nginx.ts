import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

const PROGRAM = "/usr/sbin/nginx";

/** Whether this machine has Debian's nginx. */
export const HAS_NGINX = existsSync(PROGRAM);

export interface Nginx {
  readonly pid: number;
  close(): Promise<void>;
}

/** Files beside the configuration, which names them by `FOLDER/`. */
export type NginxFiles = Readonly<Record<string, string>>;

/**
 * Starts nginx with what a reader puts into `conf.d`, and waits until it listens on a port. Its other settings are as adverse to
 * a backend as they may be: it compresses every answer.
 *
 * @throws Error with what `nginx -t` says of it
 */
export async function startNginx(site: string, port: number, files: NginxFiles): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), "xtremepush-access-nginx-"));
  chmodSync(folder, 0o755);
  for (const [name, text] of Object.entries({
    ...files,
    "site.conf": site.replaceAll("FOLDER", folder),
    "nginx.conf": settings(folder),
  })) {
    writeFileSync(join(folder, name), text);
  }
  const args = ["-c", join(folder, "nginx.conf"), "-p", folder];
  execFileSync(PROGRAM, ["-t", ...args], { stdio: "pipe" });
  const child = spawn(PROGRAM, args, { stdio: "ignore" });
  await isListening(child, port);
  return {
    pid: child.pid ?? 0,
    close: async () => {
      const ended = once(child, "exit");
      // At once, with its workers.
      child.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function settings(folder: string): string {
  const kept = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (what) => `${what}_temp_path ${folder}/${what};`,
  );
  // As Debian's; only root can become another.
  const user = process.getuid?.() === 0 ? "user www-data; " : "";
  return [
    `${user}daemon off; pid ${folder}/pid; error_log ${folder}/error.log; worker_processes 1; events { worker_connections 8192; }`,
    `http { ${kept.join(" ")} access_log ${folder}/access.log; gzip on; gzip_types *; gzip_min_length 1; include ${folder}/site.conf; }`,
  ].join("\n");
}

async function isListening(child: ChildProcess, port: number): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}`);
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
