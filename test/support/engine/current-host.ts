import type { Context } from "mocha";
import { ensurePulumiCli } from "../../../scripts/pulumi-cli/ensure-pulumi-cli";
import { isCurrentHost } from "../../../scripts/pulumi-cli/node-host";

/** Leaves out the tests of a suite, from its `before`, where the CLI's Node.js host is an old one, as a build with Go has it. */
export async function needsCurrentHost(suite: Context): Promise<void> {
  const { nodeHost } = await ensurePulumiCli({ report: () => {} });
  // biome-ignore lint/suspicious/noSkippedTests: the run reports it as not run
  if (!isCurrentHost(nodeHost)) suite.skip();
}
