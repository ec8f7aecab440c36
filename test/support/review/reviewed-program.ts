import { spawnSync } from "node:child_process";
import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { RESOURCE_MODULE } from "pulumi-xtremepush/protocol";
import { type Manifest, type ProgramOptions, readProgram } from "xtremepush-access-review";
import { plainEnvironment } from "../process/plain-environment";
import { temporaryFolder } from "../process/temporary-folder";

const ROOT = path.resolve(__dirname, "../../..");
const MAIN = path.join(ROOT, "review/dist/main.js");

/** A Pulumi program as a review meets it; `removeTemporaryFolders` takes it away. */
export interface ReviewedProgram {
  readonly folder: string;
  /** What it declares on the stack `dev`. */
  read(options?: Partial<ProgramOptions>): Promise<Manifest>;
  /** Runs `xtremepush-access-review manifest` in its folder, with no environment but PATH and what is given. */
  manifest(args: readonly string[], environment?: Readonly<Record<string, string>>): ManifestResult;
}

export interface ManifestResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const PLAIN = {
  "Pulumi.yaml": "name: programs\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n",
  "package.json": '{ "private": true }\n',
};
const TYPED = {
  "Pulumi.yaml": "name: programs\nruntime: nodejs\n",
  "package.json": '{ "private": true, "main": "index.ts" }\n',
  "tsconfig.json":
    '{ "compilerOptions": { "target": "es2023", "module": "nodenext", "types": ["node"], "strict": true, "skipLibCheck": true } }\n',
};

/** Writes the files of a program, which finds the packages of this project, in a folder of its own. */
export function reviewedProgram(files: Readonly<Record<string, string>>): ReviewedProgram {
  const folder = realpathSync(temporaryFolder());
  symlinkSync(path.join(ROOT, "node_modules"), path.join(folder, "node_modules"));
  const defaults = Object.keys(files).some((name) => name.endsWith("ts")) ? TYPED : PLAIN;
  for (const [name, text] of Object.entries({ ...defaults, ...files })) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  return {
    folder,
    read: (options = {}) => readProgram({ folder, stack: "dev", ...options }),
    manifest: (args, environment = {}) => {
      const env = plainEnvironment(environment);
      const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, "manifest", ...args], {
        cwd: folder,
        env,
        encoding: "utf8",
      });
      return { code: status, stdout, stderr };
    },
  };
}

/** A program in plain JavaScript, with the packages that the programs of these tests need. */
export function plainProgram(...lines: readonly string[]): string {
  return [
    'const pulumi = require("@pulumi/pulumi");',
    'const { ApiClient, Provider, ScopeGrant } = require("pulumi-xtremepush");',
    'const { permissions, select } = require("xtremepush-access");',
    ...lines,
    "",
  ].join("\n");
}

/** The URN of a resource of the stack `dev`, without a parent. */
export function urnOf(type: "ApiClient" | "ScopeGrant", name: string): string {
  return `urn:pulumi:dev::programs::${RESOURCE_MODULE}:${type}::${name}`;
}
