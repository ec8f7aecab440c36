import { readdir } from "node:fs/promises";
import path from "node:path";
import { findFolder, inspectCli } from "./inspect-cli";
import type { Way } from "./pulumi-cli";
import { compareVersions, isNewEnough, PULUMI_VERSION } from "./wanted-version";

/** The `pulumi` that a shell would run. */
export const findOnPath: Way = async (machine) => {
  const binDir = await findFolder("pulumi", machine.pathFolders);
  if (binDir === undefined) return { problem: "There is no pulumi on the PATH." };

  const inspection = await inspectCli(machine, binDir, machine.pathFolders);
  if ("problem" in inspection) return inspection;
  return { cli: { binDir, version: inspection.version, origin: "path" } };
};

/** A CLI that this script or the Automation API installed in `~/.pulumi/versions` before; the wanted version first. */
export const findInVersions: Way = async (machine) => {
  const problems: string[] = [];
  for (const name of await newEnoughVersions(machine.versionsFolder)) {
    const binDir = path.join(machine.versionsFolder, name, "bin");
    const inspection = await inspectCli(machine, binDir);
    if ("version" in inspection) return { cli: { binDir, version: inspection.version, origin: "cache" } };
    problems.push(inspection.problem);
  }
  const none = `${machine.versionsFolder} holds no version from ${PULUMI_VERSION} on.`;
  return { problem: problems.length === 0 ? none : problems.join(" ") };
};

async function newEnoughVersions(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder);
    return names.filter((name) => isNewEnough(name)).sort(compareVersions);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}
