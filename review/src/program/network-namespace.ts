import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";

/** What root may do, who keeps the rights on the files of others; else the same user in a user namespace. */
const WAYS = [["--net"], ["--map-current-user", "--net"]] as const;

/** Undefined before the first try. */
let found: readonly string[] | null | undefined;

/**
 * The command that runs another one in a network namespace of its own, where nothing is reachable; null where the system
 * has none. It is tried once.
 */
export function networkNamespace(): readonly string[] | null {
  if (found === undefined) found = findNamespace();
  return found;
}

function findNamespace(): readonly string[] | null {
  const command = process.platform === "linux" ? findCommand("unshare") : undefined;
  if (command === undefined) return null;
  const way = WAYS.find((flags) => spawnSync(command, [...flags, "--", "true"], { stdio: "ignore" }).status === 0);
  return way === undefined ? null : [command, ...way, "--"];
}

/** An absolute path, because a started process may have another PATH and another folder. */
function findCommand(name: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  return folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
}
