import { findDownloaded } from "./find-cli";
import { withProgress } from "./progress";
import type { Way } from "./pulumi-cli";
import { PULUMI_VERSION } from "./wanted-version";

const SITE = "get.pulumi.com";
const PATIENCE_MINUTES = 5;

/** Downloads the CLI and its language hosts with the vendor's npm package `pulumi`, as `npx pulumi` does. */
export const downloadCli: Way = async (machine, report) => {
  report(`Downloading Pulumi ${PULUMI_VERSION} from ${SITE} with the npm package pulumi.`);
  const launch = () =>
    machine.run(process.execPath, [machine.launcher, "version"], {
      env: { PULUMI_VERSION, PULUMI_SKIP_UPDATE_CHECK: "true" },
      timeout: PATIENCE_MINUTES * 60_000,
    });
  const { code, stderr } = await withProgress(report, () => "downloading", launch);
  if (code === 0) return findDownloaded(machine, report);
  const reason = code === null ? `it did not finish within ${PATIENCE_MINUTES} minutes` : reasonIn(stderr);
  return { problem: `The npm package pulumi could not download the CLI from ${SITE}: ${reason}.` };
};

/** The launcher's own error, which is its last line. */
function reasonIn(stderr: string): string {
  const line = stderr.trim().split("\n").at(-1) ?? "";
  return line.replace(/^pulumi: /, "").slice(0, 300);
}
