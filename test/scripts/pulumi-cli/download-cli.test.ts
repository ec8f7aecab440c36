import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { downloadCli } from "../../../scripts/pulumi-cli/download-cli";
import { findDownloaded } from "../../../scripts/pulumi-cli/find-cli";
import { type Machine, thisMachine } from "../../../scripts/pulumi-cli/machine";
import { runCommand } from "../../../scripts/pulumi-cli/run-command";
import { startVendorSite, type VendorSite } from "../../support/process/vendor-site";

/** As the vendor's, it takes where to install and which version; these programs print the version that was asked for. */
const INSTALLER = `#!/bin/sh
[ "$1 $2 $4" = "--no-edit-path --install-root --version" ] || { echo "strange arguments: $*" >&2; exit 1; }
mkdir -p "$3/bin"
for program in pulumi pulumi-language-nodejs pulumi-resource-pulumi-nodejs; do
  printf '#!/bin/sh\\necho v%s\\n' "$5" >"$3/bin/$program"
  chmod +x "$3/bin/$program"
done
`;

describe("downloadCli, with the vendor's own launcher", () => {
  let home: string;
  let site: VendorSite;

  const machineAt = (environment: VendorSite["environment"]): Machine => ({
    ...thisMachine(),
    downloadFolder: path.join(home, "versions", "3.259.0"),
    run: (command, args, options) =>
      runCommand(command, args, { ...options, env: { ...options?.env, ...environment, PULUMI_HOME: home } }),
    askNodeHost: async (file) => (await runCommand(file, [])).stdout.replace(/^v/, ""),
  });

  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), "pulumi-home-"));
  });

  afterEach(async () => {
    await site.close();
    rmSync(home, { recursive: true });
  });

  it("downloads the wanted version into the launcher's folder, where it is found from then on", async () => {
    site = await startVendorSite({ "https://get.pulumi.com/install.sh": INSTALLER });
    const machine = machineAt(site.environment);

    const outcome = await downloadCli(machine, () => {});

    const binDir = path.join(home, "versions", "3.259.0", "bin");
    const cli = { binDir, version: "3.259.0", nodeHost: "3.259.0", origin: "downloaded" };
    assert.deepEqual(outcome, { cli });
    assert.deepEqual(await findDownloaded(machine, () => {}), { cli });
    assert.deepEqual(site.requests, ["https://get.pulumi.com/install.sh"]);
  });

  it("downloads the wanted version where PULUMI_VERSION names another", async () => {
    site = await startVendorSite({ "https://get.pulumi.com/install.sh": INSTALLER });
    const before = process.env["PULUMI_VERSION"];
    process.env["PULUMI_VERSION"] = "3.100.0";
    try {
      const outcome = await downloadCli(machineAt(site.environment), () => {});

      assert.equal("cli" in outcome && outcome.cli.version, "3.259.0");
    } finally {
      if (before === undefined) delete process.env["PULUMI_VERSION"];
      else process.env["PULUMI_VERSION"] = before;
    }
  });

  it("says in the launcher's words why it failed", async () => {
    site = await startVendorSite({});

    const outcome = await downloadCli(machineAt(site.environment), () => {});

    assert.deepEqual(outcome, {
      problem:
        "The npm package pulumi could not download the CLI from get.pulumi.com: " +
        "HTTP 404 fetching https://get.pulumi.com/install.sh.",
    });
  });
});
