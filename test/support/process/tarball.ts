import { mkdirSync, mkdtempSync } from "node:fs";
import path from "node:path";
import { runCommand } from "../../../scripts/pulumi-cli/run-command";

const WORK = path.resolve(__dirname, "../../../.work");

/** The names of the files in an npm package, without the folder that npm puts around them. */
export async function filesOf(tarball: string): Promise<string[]> {
  const { stdout } = await runCommand("tar", ["-tzf", tarball]);
  return stdout.split("\n").map((file) => file.replace(/^package\//, ""));
}

/** Unpacks an npm package into a new folder of the repo, where its dependencies resolve. */
export async function unpack(tarball: string): Promise<string> {
  mkdirSync(WORK, { recursive: true });
  const folder = mkdtempSync(path.join(WORK, "unpacked-"));
  const { code, stderr } = await runCommand("tar", ["-xzf", tarball, "-C", folder, "--strip-components=1"]);
  if (code !== 0) throw new Error(`tar could not unpack ${tarball}: ${stderr}`);
  return folder;
}
