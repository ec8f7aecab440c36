import path from "node:path";
import { inspectCli } from "./inspect-cli";
import type { Machine } from "./machine";
import { publishFolder } from "./publish-folder";
import { PULUMI_VERSION } from "./wanted-version";

/** One way to get a CLI failed; another may still work. */
export class CliNotMade extends Error {}

/**
 * Publishes a CLI in `~/.pulumi/versions` once it is complete and has printed its version; returns its bin folder.
 *
 * @throws {@link CliNotMade} when the CLI from `fill` does not work.
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
