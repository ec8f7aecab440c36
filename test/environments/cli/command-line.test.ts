import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { buildProgram } from "../../../environments/src/cli/command-line";
import { VERSION } from "../../../environments/src/version";
import { runCommand } from "../../../scripts/pulumi-cli/run-command";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";

const ROOM = path.resolve(__dirname, "../../../environments");

describe("xtremepush-access-env", function () {
  this.timeout(30_000);
  after(removeTemporaryFolders);

  const run = (args: readonly string[], cwd: string) =>
    runCommand(process.execPath, [path.join(ROOM, "dist/main.js"), ...args], { cwd, env: { PATH: "" } });

  it("has the version of its package", () => {
    assert.equal(VERSION, JSON.parse(readFileSync(path.join(ROOM, "package.json"), "utf8")).version);
  });

  it("takes a folder and prints JSON with every command", () => {
    for (const command of buildProgram().commands) {
      // It asks about the token, of no program.
      const expected = command.name() === "whoami" ? ["--explain", "--json"] : ["--program", "--json"];
      assert.deepEqual(command.options.map(({ long }) => long).slice(-2), expected, command.name());
    }
  });

  it("names a default once, as a person would type it", () => {
    for (const command of buildProgram().commands) {
      const defaults = command.options.map((option) => command.createHelp().optionDescription(option));

      for (const text of defaults) assert.doesNotMatch(text, /default.*default|default: \d{4,}/, command.name());
    }
  });

  it("ends with 2 for what it does not know, and prints nothing as a result", async () => {
    const commands = [["up"], ["up", "dev", "--force"], ["destroy"], ["up", "dev"]];

    const ends = await Promise.all(commands.map((args) => run(args, temporaryFolder())));

    assert.deepEqual(
      ends.map(({ code, stdout }) => [code, stdout]),
      commands.map(() => [2, ""]),
    );
  });

  it("names the missing CLI before anything is changed", async () => {
    const folder = temporaryFolder();
    const write = (file: string, text: string) => writeFileSync(path.join(folder, file), text);
    write("Pulumi.yaml", "name: programs\nruntime: nodejs\n");
    write("access-env.yaml", "version: 1\nenvironments:\n  dev:\n");

    const { code, stderr } = await run(["list"], folder);

    assert.equal(code, 2);
    assert.match(stderr, /^the stacks cannot be listed: there is no Pulumi CLI on the PATH; /);
  });
});
