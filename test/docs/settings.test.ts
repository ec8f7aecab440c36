import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { startCommand } from "../../backend/src/cli/start";
import { VARIABLES } from "../../backend/src/process/settings";
import { readSettings } from "../../provider/src/dynamic/run/settings";
import { tableBelow } from "../support/docs/markdown-table";

const ROOT = path.resolve(__dirname, "../..");
const CLASSES = path.join(ROOT, "provider/src");

describe("the flags of start", () => {
  it("have a variable each", () => {
    const flags = startCommand().options.map((option) => option.attributeName());

    assert.notEqual(flags.length, 0);
    assert.deepEqual(
      flags.filter((flag) => !(flag in VARIABLES)),
      [],
    );
  });
});

describe("the configuration of the provider", () => {
  const tables = { "README.md": "## Configuration", "docs/reference/environment.md": "## The provider" };
  for (const [file, heading] of Object.entries(tables)) {
    it(`is in the table of ${file}: each key and each variable, and no others`, () => {
      const told = tableBelow(file, heading).flatMap((cells) => [
        ...cells.join(" ").matchAll(/`(xtremepush:\w+|XTREMEPUSH_\w+)`/g),
      ]);

      assert.deepEqual(
        told.map(([, name]) => name).sort(),
        [...new Set([...readByTheHandlers(), ...readByTheClasses()])].sort(),
      );
    });
  }
});

describe("the environment of the commands", () => {
  it("is in the table of docs/reference/environment.md: each variable, and no others", () => {
    const told = tableBelow("docs/reference/environment.md", "## Commands").map(([variable]) => variable);

    const read = globSync("{backend,provider,review}/src/{cli,outputs,sources}/**/*.ts", { cwd: ROOT })
      .map((file) => readFileSync(path.join(ROOT, file), "utf8"))
      .flatMap((source) => [...source.matchAll(/(?:process\.env|environment)\["(\w+)"\]/g)])
      .map(([, variable]) => `\`${variable}\``);
    assert.deepEqual([...new Set(told)].sort(), [...new Set(read)].sort());
  });
});

function readByTheHandlers(): string[] {
  const read: string[] = [];
  const environment = new Proxy<NodeJS.ProcessEnv>(
    {},
    {
      get: (_, variable) => {
        read.push(String(variable));
        return "given";
      },
    },
  );
  readSettings((key) => {
    read.push(key);
  }, environment);
  // An input of the explicit Provider, which comes by the same way; no stack configuration sets it.
  return read.filter((name) => name !== "xtremepush:tokenVariable");
}

function readByTheClasses(): string[] {
  const source = globSync("*.ts", { cwd: CLASSES })
    .map((file) => readFileSync(path.join(CLASSES, file), "utf8"))
    .join("\n");
  return [
    ...[...source.matchAll(/Config\("xtremepush"\)\.\w+\("(\w+)"\)/g)].map(([, key]) => `xtremepush:${key}`),
    ...[...source.matchAll(/getConfig\("(xtremepush:\w+)"\)/g)].map(([, key = ""]) => key),
    ...[...source.matchAll(/process\.env\["(\w+)"\]/g)].map(([, variable = ""]) => variable),
  ];
}
