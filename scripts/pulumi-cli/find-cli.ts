import path from "node:path";
import { findFolder, inspectCli } from "./inspect-cli";
import { isCurrentHost } from "./node-host";
import type { Way } from "./pulumi-cli";

/** The `pulumi` that a shell would run. */
export const findOnPath: Way = async (machine) => {
  const binDir = await findFolder("pulumi", machine.pathFolders);
  if (binDir === undefined) return { problem: "There is no pulumi on the PATH." };

  const inspection = await inspectCli(machine, binDir, machine.pathFolders);
  if ("problem" in inspection) return inspection;
  return { cli: { ...inspection.cli, origin: "path" } };
};

/** The CLI that `npx pulumi` has downloaded before. */
export const findDownloaded: Way = async (machine) => {
  const binDir = path.join(machine.downloadFolder, "bin");
  if ((await findFolder("pulumi", [binDir])) === undefined) return { problem: `${binDir} holds no pulumi.` };

  const inspection = await inspectCli(machine, binDir);
  if ("problem" in inspection) return inspection;
  const { nodeHost } = inspection.cli;
  if (isCurrentHost(nodeHost)) return { cli: { ...inspection.cli, origin: "downloaded" } };
  const isBuild = `The pulumi in ${binDir} is not the vendor's: its Node.js host is ${nodeHost}, as an earlier version of this project built it there.`;
  return {
    problem: `${isBuild} Run \`rm -r ${machine.downloadFolder}\`, because \`npx pulumi\` takes it for the vendor's.`,
  };
};

/** The CLI that this project has built before. */
export const findBuilt: Way = async (machine) => {
  const binDir = path.join(machine.buildFolder, "bin");
  if ((await findFolder("pulumi", [binDir])) === undefined) return { problem: `${binDir} holds no pulumi.` };

  const inspection = await inspectCli(machine, binDir);
  if ("problem" in inspection) return inspection;
  return { cli: { ...inspection.cli, origin: "built" } };
};
