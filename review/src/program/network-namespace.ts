import { spawnSync } from "node:child_process";

/** The same user in a user namespace, which needs no rights; else what root may do. */
const WAYS = [["--map-current-user", "--net"], ["--net"]] as const;

let found: readonly string[] | null | undefined;

/**
 * The command that runs another one in a network namespace of its own, where nothing is reachable; null where the system
 * has none. It is tried once.
 */
export function networkNamespace(): readonly string[] | null {
  found ??= findNamespace();
  return found;
}

function findNamespace(): readonly string[] | null {
  if (process.platform !== "linux") return null;
  const way = WAYS.find((flags) => spawnSync("unshare", [...flags, "--", "true"], { stdio: "ignore" }).status === 0);
  return way === undefined ? null : ["unshare", ...way, "--"];
}
