import assert from "node:assert/strict";
import { mkdirSync, symlinkSync } from "node:fs";
import path from "node:path";
import { ensurePulumiCli } from "../../../scripts/pulumi-cli/ensure-pulumi-cli";
import { addGo, type FakeMachine, fakeMachine, succeeded, writeCli, writeProgram } from "./fake-machine";

describe("ensurePulumiCli", () => {
  let machine: FakeMachine;
  let said: string[];
  let usrBin: string;

  const ensure = () => ensurePulumiCli({ machine, report: (line) => said.push(line) });
  const downloadBin = () => path.join(machine.downloadFolder, "bin");
  const buildBin = () => path.join(machine.buildFolder, "bin");

  beforeEach(() => {
    machine = fakeMachine();
    said = [];
    usrBin = path.join(machine.folder, "usr", "bin");
  });

  afterEach(() => machine.remove());

  it("takes the CLI on the PATH before one that was downloaded", async () => {
    writeCli(usrBin, "3.260.1");
    writeCli(downloadBin(), "3.259.0");

    const cli = await ensure();

    assert.deepEqual(cli, { binDir: usrBin, version: "3.260.1", nodeHost: "3.260.1", origin: "path" });
    assert.deepEqual(said, []);
  });

  it("passes over a CLI on the PATH that is too old, and says so", async () => {
    writeCli(usrBin, "3.258.9");
    writeCli(downloadBin(), "3.259.0");

    const cli = await ensure();

    assert.deepEqual(cli, { binDir: downloadBin(), version: "3.259.0", nodeHost: "3.259.0", origin: "downloaded" });
    assert.deepEqual(said, [`The pulumi in ${usrBin} is 3.258.9; 3.259.0 is needed.`]);
  });

  it("passes over a CLI on the PATH without a language host, and says so", async () => {
    writeCli(usrBin, "3.259.0", ["pulumi", "pulumi-resource-pulumi-nodejs"]);
    writeCli(downloadBin(), "3.259.0");

    const cli = await ensure();

    assert.equal(cli.origin, "downloaded");
    assert.deepEqual(said, [`The pulumi 3.259.0 in ${usrBin} comes without pulumi-language-nodejs.`]);
  });

  it("passes over a CLI whose language host does not answer, and says so", async () => {
    writeCli(usrBin, "3.259.0");
    writeProgram(path.join(usrBin, "pulumi-language-nodejs"), "exit 1");
    writeCli(downloadBin(), "3.259.0");

    await ensure();

    assert.deepEqual(said, [`The pulumi-language-nodejs in ${usrBin} does not run.`]);
  });

  it("does not start the launcher that npm puts on the PATH to ask it for its version", async () => {
    const bin = path.join(machine.folder, "node_modules", ".bin");
    machine.pathFolders.unshift(bin);
    writeProgram(path.join(machine.folder, "node_modules", "pulumi", "run.js"), "echo v3.259.0");
    mkdirSync(bin);
    symlinkSync("../pulumi/run.js", path.join(bin, "pulumi"));
    writeCli(usrBin, "3.260.0");

    const cli = await ensure();

    assert.equal(cli.binDir, usrBin);
    assert.deepEqual(said, []);
  });

  it("accepts a language host in another folder of the PATH", async () => {
    const other = path.join(machine.folder, "other");
    machine.pathFolders.push(other);
    writeCli(usrBin, "3.259.0", ["pulumi"]);
    writeCli(other, "3.260.0", ["pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"]);

    const cli = await ensure();

    assert.deepEqual(cli, { binDir: usrBin, version: "3.259.0", nodeHost: "3.260.0", origin: "path" });
  });

  it("takes what the vendor's launcher has downloaded before what was built", async () => {
    writeCli(downloadBin(), "3.259.0");
    writeCli(buildBin(), "3.259.0");

    const cli = await ensure();

    assert.deepEqual(cli, { binDir: downloadBin(), version: "3.259.0", nodeHost: "3.259.0", origin: "downloaded" });
  });

  it("takes no build of an earlier version for the vendor's CLI, and says how to remove it", async () => {
    writeCli(downloadBin(), "3.259.0");
    writeProgram(path.join(downloadBin(), "pulumi-language-nodejs"), "echo v3.68.0");
    writeCli(buildBin(), "3.259.0");

    const cli = await ensure();

    assert.equal(cli.origin, "built");
    assert.match(said[1] ?? "", /is not the vendor's: its Node\.js host is 3\.68\.0/);
    assert.ok(said[1]?.includes(`Run \`rm -r ${machine.downloadFolder}\``));
  });

  it("downloads before it builds, with the vendor's launcher", async () => {
    addGo(machine);
    machine.launch = () => {
      writeCli(downloadBin(), "3.259.0");
      return succeeded("v3.259.0");
    };

    const cli = await ensure();

    assert.deepEqual(cli, { binDir: downloadBin(), version: "3.259.0", nodeHost: "3.259.0", origin: "downloaded" });
    assert.deepEqual(machine.goCalls, []);
  });

  it("downloads nothing when it has built one before", async () => {
    writeCli(buildBin(), "3.259.0");
    machine.launch = () => assert.fail("the launcher was started");

    const cli = await ensure();

    assert.equal(cli.origin, "built");
  });

  it("builds when the launcher fails, and says why it failed", async () => {
    addGo(machine);

    const cli = await ensure();

    assert.deepEqual(cli, { binDir: buildBin(), version: "3.259.0", nodeHost: "3.68.0", origin: "built" });
    assert.ok(
      said.includes("The npm package pulumi could not download the CLI from get.pulumi.com: fetch failed."),
      said.join("\n"),
    );
  });

  it("builds when the download lacks a program", async () => {
    addGo(machine);
    machine.launch = () => {
      writeCli(downloadBin(), "3.259.0", ["pulumi"]);
      return succeeded("v3.259.0");
    };

    const cli = await ensure();

    assert.equal(cli.origin, "built");
    assert.ok(said.includes(`The pulumi 3.259.0 in ${downloadBin()} comes without pulumi-language-nodejs.`));
  });

  it("finds on the second run what the first one has built", async () => {
    addGo(machine);
    await ensure();
    const callsOfFirstRun = machine.goCalls.length;

    const cli = await ensure();

    assert.deepEqual(cli, { binDir: buildBin(), version: "3.259.0", nodeHost: "3.68.0", origin: "built" });
    assert.equal(machine.goCalls.length, callsOfFirstRun);
  });

  it("says what to install, and what was tried, when there is no way to a CLI", async () => {
    await assert.rejects(ensure(), (error: Error) => {
      assert.match(
        error.message,
        /^Install Pulumi 3\.259\.0 or newer \(https:\S+\), or Go 1\.26 or newer \(https:\S+\)/,
      );
      assert.match(error.message, /^- There is no pulumi on the PATH\.$/m);
      assert.match(error.message, /^- \S+versions\/3\.259\.0\/bin holds no pulumi\.$/m);
      assert.match(
        error.message,
        /^- The npm package pulumi could not download .* from get\.pulumi\.com: fetch failed\.$/m,
      );
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
