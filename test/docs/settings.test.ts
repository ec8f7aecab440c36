import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { PIPELINE_VARIABLES } from "xtremepush-access";
import { startCommand } from "../../backend/src/cli/start";
import { VARIABLES } from "../../backend/src/process/settings";
import { readSettings, readShowAccess } from "../../provider/src/dynamic/run/settings";
import { CONFIGURATION_NAMESPACE, ENVIRONMENT_VARIABLES } from "../../provider/src/protocol";
import { tableBelow } from "../support/docs/markdown-table";

const ROOT = path.resolve(__dirname, "../..");

describe("the flags of start", () => {
  it("each have a variable", () => {
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
      const documented = tableBelow(file, heading).flatMap((cells) => [
        ...cells.join(" ").matchAll(/`(xtremepush:\w+|XTREMEPUSH_\w+)`/g),
      ]);

      assert.deepEqual(
        documented.map(([, name]) => name).sort(),
        [...new Set([...readByTheHandlers(), ...readByTheClasses()])].sort(),
      );
    });
  }
});

describe("the environment of the commands", () => {
  it("is in the table of docs/reference/environment.md: each variable, and no others", () => {
    const documented = tableBelow("docs/reference/environment.md", "## Commands").map(([variable]) => variable);

    const read = [
      ...variablesReadBy("{backend,provider,review,environments}/src/{cli,outputs,sources}/**/*.ts"),
      ...Object.values(PIPELINE_VARIABLES),
    ];
    assert.deepEqual([...new Set(documented)].sort(), [...new Set(read)].map((name) => `\`${name}\``).sort());
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
  const configured = (key: string) => void read.push(key);
  readSettings(configured, environment);
  assert.throws(() => readShowAccess(configured, environment), { message: /XTREMEPUSH_SHOW_ACCESS is "given"/ });
  // An input of the explicit Provider, which comes by the same way; no stack configuration sets it.
  return read.filter((name) => name !== "xtremepush:tokenVariable");
}

function readByTheClasses(): string[] {
  const source = sourceOf("provider/src/*.ts");
  return [
    ...[...source.matchAll(/Config\(CONFIGURATION_NAMESPACE\)\.\w+\("(\w+)"\)/g)].map(
      ([, key]) => `${CONFIGURATION_NAMESPACE}:${key}`,
    ),
    ...[...source.matchAll(/getConfig\("(xtremepush:\w+)"\)/g)].map(([, key = ""]) => key),
    ...variablesReadBy("provider/src/*.ts"),
  ];
}

/** The variables that these files read: by a literal name, or by their entry in the protocol. */
function variablesReadBy(files: string): string[] {
  const source = sourceOf(files);
  return [
    ...[...source.matchAll(/\benv(?:ironment)?\["(\w+)"\]/g)].map(([, variable = ""]) => variable),
    ...namesOf(ENVIRONMENT_VARIABLES, source.matchAll(/\benv(?:ironment)?\[ENVIRONMENT_VARIABLES\.(\w+)\]/g)),
  ];
}

function sourceOf(files: string): string {
  return globSync(files, { cwd: ROOT })
    .map((file) => readFileSync(path.join(ROOT, file), "utf8"))
    .join("\n");
}

/** Turns `NAMES.entry` in the source into the name of that entry. */
function namesOf(names: Readonly<Record<string, string>>, found: Iterable<RegExpMatchArray>): string[] {
  return [...found].map(([reference, entry = ""]) => names[entry] ?? reference);
}
