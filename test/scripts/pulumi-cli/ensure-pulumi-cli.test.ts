import assert from "node:assert/strict";
import path from "node:path";
import { ensurePulumiCli } from "../../../scripts/pulumi-cli/ensure-pulumi-cli";
import { addGo, type FakeMachine, fakeMachine, succeeded, writeCli } from "./fake-machine";

describe("ensurePulumiCli", () => {
  let machine: FakeMachine;
  let said: string[];
  let usrBin: string;

  const ensure = () => ensurePulumiCli({ machine, report: (line) => said.push(line) });
  const versionBin = (version: string) => path.join(machine.versionsFolder, version, "bin");

  beforeEach(() => {
    machine = fakeMachine();
    said = [];
    usrBin = path.join(machine.folder, "usr", "bin");
  });

  afterEach(() => machine.remove());

  it("takes the CLI on the PATH before one in ~/.pulumi/versions", async () => {
    writeCli(usrBin, "3.260.1");
    writeCli(versionBin("3.259.0"), "3.259.0");

    const cli = await ensure();

    assert.deepEqual(cli, { binDir: usrBin, version: "3.260.1", origin: "path" });
    assert.deepEqual(said, []);
  });

  it("passes over a CLI on the PATH that is too old, and says so", async () => {
    writeCli(usrBin, "3.258.9");
    writeCli(versionBin("3.259.0"), "3.259.0");

    const cli = await ensure();

    assert.deepEqual(cli, { binDir: versionBin("3.259.0"), version: "3.259.0", origin: "cache" });
    assert.deepEqual(said, [`The pulumi in ${usrBin} is 3.258.9; 3.259.0 is needed.`]);
  });

  it("passes over a CLI on the PATH without a language host, and says so", async () => {
    writeCli(usrBin, "3.259.0", ["pulumi", "pulumi-resource-pulumi-nodejs"]);
    writeCli(versionBin("3.259.0"), "3.259.0");

    const cli = await ensure();

    assert.equal(cli.origin, "cache");
    assert.deepEqual(said, [`The pulumi 3.259.0 in ${usrBin} comes without pulumi-language-nodejs.`]);
  });

  it("accepts a language host in another folder of the PATH", async () => {
    const other = path.join(machine.folder, "other");
    machine.pathFolders.push(other);
    writeCli(usrBin, "3.259.0", ["pulumi"]);
    writeCli(other, "3.259.0", ["pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"]);

    const cli = await ensure();

    assert.deepEqual(cli, { binDir: usrBin, version: "3.259.0", origin: "path" });
  });

  it("takes the wanted version from ~/.pulumi/versions before a newer one", async () => {
    writeCli(versionBin("3.1000.0"), "3.1000.0");
    writeCli(versionBin("3.259.0"), "3.259.0");
    writeCli(versionBin("3.100.0"), "3.100.0");

    const cli = await ensure();

    assert.equal(cli.binDir, versionBin("3.259.0"));
  });

  it("takes a newer version from ~/.pulumi/versions when the wanted one is broken", async () => {
    writeCli(versionBin("3.259.0"), "3.259.0", ["pulumi"]);
    writeCli(versionBin("3.1000.0"), "3.1000.0");

    const cli = await ensure();

    assert.deepEqual(cli, { binDir: versionBin("3.1000.0"), version: "3.1000.0", origin: "cache" });
  });

  it("installs before it builds when the vendor's site answers", async () => {
    addGo(machine);
    machine.answers = async (url) => url === "https://get.pulumi.com/install.sh";
    machine.install = async (folder) => writeCli(path.join(folder, "bin"), "3.259.0");

    const cli = await ensure();

    assert.deepEqual(cli, { binDir: versionBin("3.259.0"), version: "3.259.0", origin: "installer" });
    assert.deepEqual(machine.goCalls, []);
  });

  it("builds when the vendor's site is out of reach, without starting the installer", async () => {
    addGo(machine);
    machine.install = () => assert.fail("the installer was started");

    const cli = await ensure();

    assert.deepEqual(cli, { binDir: versionBin("3.259.0"), version: "3.259.0", origin: "built" });
    assert.ok(said.includes("The vendor's download site, get.pulumi.com, is out of reach."));
  });

  it("builds when the installer fails, and says why it failed", async () => {
    addGo(machine);
    machine.answers = async () => true;
    machine.install = () => Promise.reject(new Error("code: -2\n stderr: curl is missing"));

    const cli = await ensure();

    assert.equal(cli.origin, "built");
    assert.ok(said.includes("The vendor's installer failed: code: -2 stderr: curl is missing"));
  });

  it("finds on the second run what the first one has built", async () => {
    addGo(machine);
    await ensure();
    const callsOfFirstRun = machine.goCalls.length;

    const cli = await ensure();

    assert.deepEqual(cli, { binDir: versionBin("3.259.0"), version: "3.259.0", origin: "cache" });
    assert.equal(machine.goCalls.length, callsOfFirstRun);
  });

  it("says what to install, and what was tried, when there is no way to a CLI", async () => {
    await assert.rejects(ensure(), (error: Error) => {
      assert.match(
        error.message,
        /^Install Pulumi 3\.259\.0 or newer \(https:\S+\), or Go 1\.26 or newer \(https:\S+\)/,
      );
      assert.match(error.message, /^- There is no pulumi on the PATH\.$/m);
      assert.match(error.message, /^- \S+versions holds no version from 3\.259\.0 on\.$/m);
      assert.match(error.message, /^- The vendor's download site, get\.pulumi\.com, is out of reach\.$/m);
      assert.match(error.message, /^- There is no go on the PATH\.$/m);
      return true;
    });
  });

  it("names the version of a Go that is too old", async () => {
    addGo(machine);
    machine.go = () => succeeded("go version go1.25.4 linux/amd64");

    await assert.rejects(ensure(), /^- Go is 1\.25\.4; 1\.26 is needed \(with GOTOOLCHAIN=auto, Go fetches it\)\.$/m);
  });

  it("sends people on Windows to WSL", async () => {
    await assert.rejects(ensurePulumiCli({ machine: { ...machine, platform: "win32" } }), /inside WSL/);
  });
});
