import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { npmPackages, pythonPackages, type Toolchain } from "../clients/toolchains";
import type { OtherTool } from "../support/run/other-tools";

const NPM: Toolchain = {
  name: "npm",
  install: npmPackages([
    ...["@redocly/cli@2.77.0", "@stoplight/spectral-cli@6.16.3"],
    // openapi-typescript writes with the compiler that it is made for.
    ...["openapi-typescript@7.13.0", "openapi-fetch@0.17.0", "typescript@5.9.3", "@types/node@24.19.2"],
  ]),
};

const PYTHON: Toolchain = { name: "Python", install: pythonPackages(["schemathesis==4.32.5"]) };

/** What one of other people's tools does with the description of the API, `openapi.json` in its folder. */
interface Tool extends OtherTool {
  /** Files of this folder that it reads. */
  readonly files: readonly string[];
}

/** Decides the cases of Schemathesis; what the backend makes up, IDs, secrets and times, differs all the same. */
export const SEED = 1;
/** Cases of each operation and phase: about two minutes on a busy machine. */
const EXAMPLES = "40";

export const toolsOf = (seed: number): readonly Tool[] => [
  {
    ...{ name: "Redocly", toolchain: NPM, files: ["redocly.yaml"] },
    commands: [["npx", "redocly", "lint", "openapi.json", "--format", "stylish"]],
    shows: /^Woohoo.*$/m,
  },
  {
    ...{ name: "Spectral", toolchain: NPM, files: ["spectral.yaml"] },
    commands: [["npx", "spectral", "lint", "openapi.json", "--ruleset", "spectral.yaml", "--fail-severity", "hint"]],
    shows: /^No results.*$/m,
  },
  {
    ...{ name: "openapi-typescript", toolchain: NPM, files: ["program"] },
    commands: [
      // By itself it requires in a request what has a default.
      ["npx", "openapi-typescript", "openapi.json", "--output", "program/schema.ts", "--default-non-nullable=false"],
      ["npx", "tsc", "--project", "program"],
      ["node", "program/built/life.js"],
    ],
    shows: /^a whole life.*$/m,
  },
  {
    ...{ name: "Schemathesis", toolchain: PYTHON, files: ["schemathesis.toml", "hooks.py"] },
    commands: [
      [
        ...(["venv/bin/schemathesis", "--no-color", "--config-file", "schemathesis.toml"] as const),
        ...["run", "openapi.json", "--checks", "all", "--seed", String(seed), "--max-examples", EXAMPLES],
      ],
    ],
    shows: /^API Operations:[\s\S]*/m,
  },
];

/** Puts the files of a tool into its folder. */
export function copyFiles({ files }: Tool, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const file of files) cpSync(join(__dirname, file), join(folder, file), { recursive: true });
}
