import { setTimeout as wait } from "node:timers/promises";
import { withProgress } from "./progress";
import { CliNotMade, publishCli } from "./publish-cli";
import type { Way } from "./pulumi-cli";
import { PULUMI_VERSION } from "./wanted-version";

const INSTALLER = new URL("https://get.pulumi.com/install.sh");
const PATIENCE_MINUTES = 5;

/** Downloads the CLI with the Automation API's own installer. */
export const installCli: Way = async (machine, report) => {
  if (!(await machine.answers(INSTALLER.href))) {
    return { problem: `The vendor's download site, ${INSTALLER.host}, is out of reach.` };
  }
  report(`Downloading Pulumi ${PULUMI_VERSION} from ${INSTALLER.host} with the Automation API's installer.`);
  try {
    const binDir = await publishCli(machine, (staging) =>
      withProgress(
        report,
        () => "downloading",
        () => inTime(machine.install(staging)),
      ),
    );
    return { cli: { binDir, version: PULUMI_VERSION, origin: "installer" } };
  } catch (error) {
    if (error instanceof CliNotMade) return { problem: `The vendor's installer failed: ${error.message}` };
    throw error;
  }
};

async function inTime(installation: Promise<void>): Promise<void> {
  const done = new AbortController();
  const late = wait(PATIENCE_MINUTES * 60_000, undefined, { signal: done.signal }).then(() => {
    throw new Error(`it did not finish within ${PATIENCE_MINUTES} minutes.`);
  });
  try {
    await Promise.race([installation, late]);
  } catch (error) {
    throw new CliNotMade(inOneLine(error), { cause: error });
  } finally {
    done.abort();
  }
}

function inOneLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s+/g, " ").slice(0, 300);
}
