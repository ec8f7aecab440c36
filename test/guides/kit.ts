import { cpSync, mkdirSync, symlinkSync } from "node:fs";
import path from "node:path";
import { runCommand } from "../../scripts/pulumi-cli/run-command";
import { PULUMI_VERSION } from "../../scripts/pulumi-cli/wanted-version";
import type { Place } from "./place";

const PROGRAM = ["index.ts", "tsconfig.json", "Pulumi.yaml"];
const PACKAGES = ["package.json", "package-lock.json"];

/** Puts this machine's CLI where the npm package `pulumi` looks for what it has downloaded. */
export function giveCliToLauncher(place: Place, cli: string): void {
  const download = place.beside(`.pulumi/versions/${PULUMI_VERSION}`);
  mkdirSync(download, { recursive: true });
  symlinkSync(cli, path.join(download, "bin"));
}

/** Gives a place the packages of another one, without a copy of their files. */
export async function givePackages(from: Place, to: Place): Promise<void> {
  for (const file of PACKAGES) cpSync(path.join(from.folder, file), path.join(to.folder, file));
  const { code, stderr } = await runCommand("cp", ["-al", `${from.folder}/node_modules`, to.folder]);
  if (code !== 0) throw new Error(`the packages cannot be linked: ${stderr}`);
  givePackedFiles(from, to);
}

/** Gives a place the files that another one has packed. */
export function givePackedFiles(from: Place, to: Place): void {
  symlinkSync(from.beside("access-packages"), to.beside("access-packages"));
}

/** Gives a place what the README ends with: a program, a backend with a project and an actor, and an empty stack. */
export async function giveProgram(from: Place, to: Place): Promise<void> {
  for (const file of PROGRAM) cpSync(path.join(from.folder, file), path.join(to.folder, file));
  await to.start("npx --no-install xtremepush-access-backend start");
  await to.admin().projects.create({ slug: "acme" });
  const { token } = await to.editor("pipeline");
  await to.run(`
    export XTREMEPUSH_ENDPOINT=${to.endpoint} XTREMEPUSH_PROJECT=acme XTREMEPUSH_TOKEN=${token}
    export PULUMI_CONFIG_PASSPHRASE=test PULUMI_NODEJS_TRANSPILE_ONLY=true
    pulumi stack init dev
  `);
}
