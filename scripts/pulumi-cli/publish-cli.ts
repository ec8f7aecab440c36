import path from "node:path";
import { inspectCli } from "./inspect-cli";
import type { Machine } from "./machine";
import { publishFolder } from "./publish-folder";
import { PULUMI_VERSION } from "./wanted-version";

/** A CLI that did not come to be, for a reason that another way may not have. */
export class CliNotMade extends Error {}

/**
 * Puts a CLI into `~/.pulumi/versions` once it is complete and has answered with its version; gives its folder of programs.
 *
 * @throws {@link CliNotMade} when what `fill` has made does not work.
 */
export async function publishCli(machine: Machine, fill: (staging: string) => Promise<void>): Promise<string> {
  const target = path.join(machine.versionsFolder, PULUMI_VERSION);
  const inspectIn = (folder: string) => inspectCli(machine, path.join(folder, "bin"));
  await publishFolder({
    target,
    fill: async (staging) => {
      await fill(staging);
      const inspection = await inspectIn(staging);
      if ("problem" in inspection) throw new CliNotMade(inspection.problem);
    },
    isUsable: async (folder) => "version" in (await inspectIn(folder)),
  });
  return path.join(target, "bin");
}
