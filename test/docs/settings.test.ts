import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { startCommand } from "../../backend/src/cli/start";
import { VARIABLES } from "../../backend/src/process/settings";
import { readSettings } from "../../provider/src/dynamic/settings";
import { tableBelow } from "../support/docs/markdown-table";

const CLASSES = path.resolve(__dirname, "../../provider/src");

describe("the settings table of docs/backend.md", () => {
  it("names each variable of the backend with its flag, and no others", () => {
    const { options } = startCommand();

    const told = tableBelow("docs/backend.md", "## Settings").map(([variable, flag]) => [variable, flag]);

    const read = Object.entries(VARIABLES).map(([name, variable]) => {
      const flag = options.find((option) => option.attributeName() === name)?.long;
      return [`\`${variable}\``, flag ? `\`${flag}\`` : ""];
    });
    assert.deepEqual(told.sort(), read.sort());
  });

  it("has a variable for each flag of start", () => {
    const flags = startCommand().options.map((option) => option.attributeName());

    assert.notEqual(flags.length, 0);
    assert.deepEqual(
      flags.filter((flag) => !(flag in VARIABLES)),
      [],
    );
  });
});

describe("the configuration table of README.md", () => {
  it("names each key and each variable that the provider reads, and no others", () => {
    const told = tableBelow("README.md", "## Configuration").flatMap((cells) => [
      ...cells.join(" ").matchAll(/`(xtremepush:\w+|XTREMEPUSH_\w+)`/g),
    ]);

    assert.deepEqual(
      told.map(([, name]) => name).sort(),
      [...new Set([...readByTheHandlers(), ...readByTheClasses()])].sort(),
    );
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
