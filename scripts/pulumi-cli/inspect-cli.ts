import { constants } from "node:fs";
import { access, realpath, stat } from "node:fs/promises";
import path from "node:path";
import type { Machine } from "./machine";
import type { PulumiCli } from "./pulumi-cli";
import { isNewEnough, PULUMI_VERSION } from "./wanted-version";

/**
 * What a CLI needs to run a TypeScript program with dynamic resources: itself, the language host, the provider's
 * starter.
 */
export const CLI_PROGRAMS = ["pulumi", "pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"] as const;

export type Inspection = { readonly cli: Omit<PulumiCli, "origin"> } | { readonly problem: string };

/** Asks the `pulumi` in a folder for its version, and looks for what it needs, there or in `otherFolders`. */
export async function inspectCli(
  machine: Machine,
  binDir: string,
  otherFolders: readonly string[] = [],
): Promise<Inspection> {
  const asked = await machine.run(path.join(binDir, "pulumi"), ["version"], {
    env: { PULUMI_SKIP_UPDATE_CHECK: "true" },
    timeout: 30_000,
  });
  const version = asked.stdout.trim().replace(/^v/, "");
  if (asked.code !== 0) return { problem: `The pulumi in ${binDir} does not run.` };
  if (!isNewEnough(version)) return { problem: `The pulumi in ${binDir} is ${version}; ${PULUMI_VERSION} is needed.` };
  const folders = [binDir, ...otherFolders];
  for (const program of CLI_PROGRAMS) {
    if ((await findFolder(program, folders)) === undefined) {
      return { problem: `The pulumi ${version} in ${binDir} comes without ${program}.` };
    }
  }
  const hostFolder = (await findFolder("pulumi-language-nodejs", folders)) ?? binDir;
  const nodeHost = await machine.askNodeHost(path.join(hostFolder, "pulumi-language-nodejs"));
  if (nodeHost === undefined) return { problem: `The pulumi-language-nodejs in ${hostFolder} does not run.` };
  return { cli: { binDir, version, nodeHost } };
}

/** The first of the folders that contains a program of this name. */
export async function findFolder(program: string, folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    if (await isProgram(path.join(folder, program))) return folder;
  }
  return undefined;
}

/** Not the launcher of the npm package `pulumi`, which would download a CLI when it is asked for its version. */
async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile() && path.basename(await realpath(file)) !== "run.js";
  } catch (error) {
    if (error instanceof Error && "code" in error && UNUSABLE.has(error.code)) return false;
    throw error;
  }
}

const UNUSABLE: ReadonlySet<unknown> = new Set(["ENOENT", "ENOTDIR", "EACCES", "ELOOP"]);
