import assert from "node:assert/strict";
import { existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { buildCli } from "../../../scripts/pulumi-cli/build-cli";
import { addGo, type FakeMachine, failed, fakeMachine, goThatBuilds, succeeded, writeProgram } from "./fake-machine";

describe("buildCli", () => {
  let machine: FakeMachine;
  let said: string[];

  const build = () => buildCli(machine, (line) => said.push(line));

  beforeEach(() => {
    machine = fakeMachine();
    said = [];
    addGo(machine);
  });

  afterEach(() => machine.remove());

  it("makes the CLI, its language host and the starter of dynamic providers, each with its run bit", async () => {
    await build();

    const binDir = path.join(machine.buildFolder, "bin");
    const modes = readdirSync(binDir)
      .sort()
      .map((name) => [name, statSync(path.join(binDir, name)).mode & 0o777]);
    assert.deepEqual(modes, [
      ["pulumi", 0o755],
      ["pulumi-language-nodejs", 0o755],
      ["pulumi-resource-pulumi-nodejs", 0o755],
    ]);
  });

  it("builds from the committed go.sum only", async () => {
    await build();

    const builds = machine.goCalls.filter(([verb]) => verb !== "version");
    assert.equal(builds.length, 4);
    assert.ok(builds.every((args) => args.includes("-mod=readonly") && args.includes("-trimpath")));
  });

  it("says what it does and how long that takes before it starts", async () => {
    await build();

    assert.match(said[0] ?? "", /^Building Pulumi 3\.259\.0 from source with Go\. .* 3 to 5 minutes on two cores/);
  });

  it("says which language host it builds and what that lacks", async () => {
    await build();

    assert.match(
      said[0] ?? "",
      /Its Node\.js host is 3\.68\.0: programs have no resource hooks, stack transforms or policy packs\.$/,
    );
  });

  it("puts nothing where the npm package pulumi looks for the vendor's CLI", async () => {
    await build();

    assert.equal(existsSync(machine.downloadFolder), false);
  });

  it("leaves nothing behind when the compiler fails", async () => {
    machine.go = (args) => (args.includes("-v") ? failed("# example.com/a\na.go:1:1: no") : goThatBuilds(args));

    await build();

    assert.deepEqual(readdirSync(path.dirname(machine.buildFolder)), []);
  });

  it("leaves nothing behind when only the second program fails", async () => {
    machine.go = (args) => (args.at(-1)?.endsWith("language-nodejs") ? failed("no space left") : goThatBuilds(args));

    const outcome = await build();

    assert.deepEqual(outcome, { problem: "`go list` failed:\nno space left" });
    assert.deepEqual(readdirSync(path.dirname(machine.buildFolder)), []);
  });

  it("tells what the compiler said, without the packages that it had compiled", async () => {
    const stderr = "internal/cpu\nexample.com/a/b\n# example.com/c\nc.go:7:3: undefined: d";
    machine.go = (args) => (args.includes("-v") ? failed(stderr) : goThatBuilds(args));

    const outcome = await build();

    assert.deepEqual(outcome, { problem: "`go build` failed:\n# example.com/c\nc.go:7:3: undefined: d" });
  });

  it("does not publish a CLI that answers with an older version than was asked for", async () => {
    machine.go = (args) => {
      if (args[0] !== "build") return goThatBuilds(args);
      writeProgram(args[args.indexOf("-o") + 1] ?? "", "echo v3.1.0");
      return succeeded("");
    };

    const outcome = await build();

    assert.match("problem" in outcome ? outcome.problem : "", /is 3\.1\.0; 3\.259\.0 is needed\.$/);
    assert.deepEqual(readdirSync(path.dirname(machine.buildFolder)), []);
  });

  it("gives two runs at once the same, whole CLI", async () => {
    const [first, second] = await Promise.all([build(), build()]);

    const binDir = path.join(machine.buildFolder, "bin");
    assert.deepEqual(first, { cli: { binDir, version: "3.259.0", nodeHost: "3.68.0", origin: "built" } });
    assert.deepEqual(second, first);
    assert.deepEqual(readdirSync(path.dirname(machine.buildFolder)), ["3.259.0"]);
  });
});
