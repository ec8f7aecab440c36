import assert from "node:assert/strict";
import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { version } from "../../provider/package.json";
import { otherHandlers, unreachableHandlers } from "../../provider/src/handler-folder";
import { runCommand } from "../../scripts/pulumi-cli/run-command";
import { removeTemporaryFolders, temporaryFolder } from "../support/process/temporary-folder";

const PACKAGE = path.resolve(__dirname, "../../provider");
const SDK = path.resolve(__dirname, "../../node_modules/@pulumi/pulumi");

describe("the handlers, from the folder of a program,", () => {
  let root: string;
  let infra: string;
  let program: string;
  beforeEach(() => {
    root = temporaryFolder();
    infra = path.join(root, "infra");
    program = path.join(infra, "src");
    mkdirSync(program, { recursive: true });
    writeFileSync(path.join(infra, "package.json"), "{}");
  });
  afterEach(removeTemporaryFolders);

  function link(folder: string): void {
    mkdirSync(path.join(folder, "node_modules"));
    symlinkSync(PACKAGE, path.join(folder, "node_modules/pulumi-xtremepush"));
  }

  it("are found in its node_modules and above", () => {
    link(root);

    assert.equal(unreachableHandlers(program), undefined);
    assert.equal(unreachableHandlers(realpathSync(PACKAGE)), undefined);
  });

  it("are not found through a package that depends on them, which is said with the line, the file and the command", () => {
    link(program);
    writeFileSync(path.join(root, "pnpm-lock.yaml"), "");

    const sentence = unreachableHandlers(infra);

    const line = `Add "pulumi-xtremepush": "${version}" to the dependencies of ${infra}/package.json`;
    assert.ok(sentence?.includes(line), sentence ?? "they are found");
    assert.match(sentence ?? "", /and run `pnpm install`$/);
  });

  it("and the command is that of the package manager whose lock file is nearest", () => {
    const commands = ["yarn.lock", "bun.lock", "package-lock.json"].map((lock, index) => {
      const folder = path.join(program, "deeper/".repeat(index + 1));
      mkdirSync(folder);
      writeFileSync(path.join(folder, lock), "");
      return /`(.*)`/.exec(unreachableHandlers(folder) ?? "")?.[1];
    });

    assert.deepEqual(commands, ["yarn install", "bun install", "npm install"]);
  });

  it("are of the version of the classes, or the program warns once", async () => {
    link(root);
    const older = path.join(program, "node_modules/pulumi-xtremepush");
    mkdirSync(path.join(older, "dynamic"), { recursive: true });
    writeFileSync(path.join(older, "package.json"), JSON.stringify({ name: "pulumi-xtremepush", version: "0.0.9" }));
    writeFileSync(path.join(older, "dynamic/index.js"), "");
    const code = `const { ApiClient } = require(${JSON.stringify(PACKAGE)});
      require(${JSON.stringify(SDK)}).runtime.setMocks({ call: () => ({}), newResource: () => ({ id: "xpc_a", state: {} }) });
      for (const name of ["a", "b"]) new ApiClient(name, { name });`;

    const { stdout, stderr } = await runCommand(process.execPath, ["-e", code, path.join(SDK, "cmd/run")], {
      cwd: realpathSync(program),
    });

    const sentence = `the program uses ${version} (${PACKAGE}), but Pulumi loads the handlers of 0.0.9 (${realpathSync(older)})`;
    const printed = `${stdout}${stderr}`.split("\n").filter((line) => line.includes("two versions"));
    assert.equal(printed.length, 1, `${stdout}${stderr}`);
    assert.ok(printed[0]?.includes(sentence), printed[0]);
    assert.equal(otherHandlers(infra), undefined);
  });

  for (const [what, manifest] of [
    ["has no manifest beside it", undefined],
    ["is beside the manifest of the program", JSON.stringify({ name: "infra", version: "7.0.0" })],
    ["is beside a damaged manifest", "{"],
  ] as const) {
    it(`are compared with no version where the program is a bundle that ${what}`, () => {
      link(root);
      const own = path.join(program, "package.json");
      if (manifest !== undefined) writeFileSync(own, manifest);

      assert.equal(otherHandlers(program, own), undefined);
    });
  }

  it("are compared with no version where there is none, and are missed by a bundle without one", () => {
    const own = path.join(program, "package.json");

    assert.equal(otherHandlers(infra), undefined);
    assert.match(unreachableHandlers(infra, own) ?? "", /\. Add pulumi-xtremepush to the dependencies of /);
  });

  it("are missed by each class where Pulumi runs the program, and only there", async () => {
    const messages = async (cwd: string, runner: string) => {
      const code = `const { ApiClient, Integration, ScopeGrant } = require(${JSON.stringify(PACKAGE)});
        require(${JSON.stringify(SDK)}).runtime.setMocks({ call: () => ({}), newResource: () => ({ id: "xpc_a", state: {} }) });
        const permissions = ["list:profile"];
        for (const make of [
          () => new ApiClient("crm", { name: "CRM sync" }),
          () => new ScopeGrant("crm", { client: "xpc_a", permissions }),
          () => new Integration("crm", { permissions }),
        ]) try { make(); console.log("made"); } catch (error) { console.log(error.message); }`;
      const { stdout, stderr } = await runCommand(process.execPath, ["-e", code, runner], { cwd });
      assert.equal(stderr, "");
      return stdout.split("\n");
    };
    const runner = path.join(SDK, "cmd/run");
    const sentence = unreachableHandlers(realpathSync(infra));

    assert.deepEqual(await messages(infra, runner), [sentence, sentence, sentence]);
    assert.deepEqual(await messages(infra, "mocha"), ["made", "made", "made"]);
    assert.deepEqual(await messages(PACKAGE, runner), ["made", "made", "made"]);
  });
});
