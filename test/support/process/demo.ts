import { chmodSync, existsSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { processTable } from "../../../scripts/processes";
import { ensurePulumiCli } from "../../../scripts/pulumi-cli/ensure-pulumi-cli";
import { temporaryFolder } from "./temporary-folder";

const WORK = path.resolve(__dirname, "../../../.work");

/** The folders of the demos that run or were kept. */
export function demoFolders(): string[] {
  return existsSync(WORK) ? readdirSync(WORK).filter((name) => name.startsWith("demo-")) : [];
}

export function demoFolder(name: string): string {
  return path.join(WORK, name);
}

/** The command lines of all processes that mention a text. */
export async function processesOf(text: string): Promise<string[]> {
  const commands = (await processTable()).map(({ command }) => command);
  return commands.filter((command) => command.includes(text));
}

/** A PATH with a Pulumi CLI that is found and makes stacks, and fails at everything else; its hosts are real. */
export async function brokenPulumiPath(): Promise<string> {
  const { binDir } = await ensurePulumiCli({ report: () => {} });
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, "pulumi"), BROKEN);
  chmodSync(path.join(folder, "pulumi"), 0o755);
  return [folder, binDir, process.env["PATH"]].join(path.delimiter);
}

const BROKEN = `#!/bin/sh
case "$1" in
version) echo v3.259.0 ;;
stack) ;;
*) echo "error: out of order" >&2; exit 255 ;;
esac
`;
