import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./temporary-folder";

const MIB = 1024 ** 2;
/** A mount namespace of its own, in a user namespace of its own, so that it needs no root. */
const UNSHARE = ["--user", "--map-root-user", "--mount"];
const ENTER = ["--user", "--mount", "--preserve-credentials"];

/** Why this machine can make no small disk; null where it can. */
export function smallDiskMissing(): string | null {
  const tried = spawnSync("unshare", [...UNSHARE, "sh", "-c", "mount -t tmpfs tmpfs /tmp && nsenter --version"]);
  if (tried.error !== undefined) return "there is no unshare";
  return tried.status === 0 ? null : `unshare and mount fail (${tried.stderr.toString().trim()})`;
}

/** A file system of a fixed size, which only programs that run with `wrap` see at its folder. */
export class SmallDisk {
  readonly folder: string;
  readonly #holder: ChildProcess;

  private constructor(folder: string, holder: ChildProcess) {
    this.folder = folder;
    this.#holder = holder;
  }

  static async make(mib: number): Promise<SmallDisk> {
    const folder = temporaryFolder();
    // The holder ends with its input, so with this process, and the file system with the holder.
    const script = `mount -t tmpfs -o size=${mib}m tmpfs "$1" && echo ready && exec cat`;
    const args = [...UNSHARE, "sh", "-c", script, "sh", folder];
    const holder = spawn("unshare", args, { stdio: ["pipe", "pipe", "inherit"] });
    const ready = holder.stdout ?? holder;
    await Promise.race([
      once(ready, "data"),
      once(holder, "exit").then(([code]) => Promise.reject(new Error(`the small disk ended with ${code}`))),
    ]);
    return new SmallDisk(folder, holder);
  }

  /** The command that runs a program where the disk is. */
  get wrap(): readonly string[] {
    return ["nsenter", "--target", String(this.#holder.pid), ...ENTER];
  }

  /** Writes a file until only so much is free. */
  fill(leaveMib: number): void {
    const descriptor = openSync(this.#filler(), "a");
    const block = Buffer.alloc(MIB);
    try {
      for (let left = this.#freeMib() - leaveMib; left > 0; left -= 1) {
        writeSync(descriptor, block, 0, Math.floor(Math.min(left, 1) * MIB));
      }
    } finally {
      closeSync(descriptor);
    }
  }

  /** Removes that file. */
  free(): void {
    rmSync(this.#filler(), { force: true });
  }

  async close(): Promise<void> {
    const exited = once(this.#holder, "exit");
    this.#holder.stdin?.end();
    await exited;
  }

  #filler(): string {
    return join(this.#root(), "filler");
  }

  #freeMib(): number {
    const { bavail, bsize } = statfsSync(this.#root());
    return (bavail * bsize) / MIB;
  }

  /** The folder of the disk as this process sees it. */
  #root(): string {
    return join(`/proc/${this.#holder.pid}/root`, this.folder);
  }
}
