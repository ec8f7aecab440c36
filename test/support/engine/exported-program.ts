import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { runProviderCommand } from "../provider/provider-command-line";
import type { EngineBench } from "./engine";

const FILES = ["index.ts", "import.json", "package.json", "tsconfig.json", "README.md", "Pulumi.yaml"] as const;

/** Exports the bench's project and makes its stack's folder the exported one; the stack is still to be made. */
export async function exportInto(
  { endpoint, project, token, stack, owner = "" }: EngineBench & { readonly owner?: string },
  ...args: readonly string[]
): Promise<void> {
  const out = path.join(stack.folder, "access");
  const { code, stderr } = await runProviderCommand(["export", "--project", project, "--out", out, ...args], {
    XTREMEPUSH_ENDPOINT: endpoint,
    XTREMEPUSH_TOKEN: token,
    XTREMEPUSH_OWNER: owner,
  });
  assert.equal(code, 0, stderr);
  for (const file of FILES) await stack.write(file, await readFile(path.join(out, file), "utf8"));
}

/** The commands of the exported README.md for the CLI, in their order. */
export async function nextCommands({ stack }: EngineBench): Promise<string[][]> {
  const text = await readFile(path.join(stack.folder, "README.md"), "utf8");
  return text.split("\n").flatMap((line) => {
    const [command = ""] = line.split(" #");
    const [program, ...args] = command.trim().split(/\s+/);
    return program === "pulumi" ? [args] : [];
  });
}

/** Changes a text of the exported program that is there once. */
export async function edit({ stack }: EngineBench, before: string, after: string): Promise<void> {
  const program = await readFile(path.join(stack.folder, "index.ts"), "utf8");
  assert.equal(program.split(before).length, 2, `not once in the program: ${before}`);
  await stack.write("index.ts", program.replace(before, after));
}
