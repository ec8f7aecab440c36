import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";

/** What `pulumi stack init` leaves in the folder of a stack. */
export interface EmptyStack {
  readonly folder: string;
  /** The text of each file, by its path in the folder. */
  readonly files: ReadonlyMap<string, string>;
}

const FILES = /^(?:Pulumi\.[^/]+\.yaml|state\/.+|home\/workspaces\/.+)$/;

/** Reads a stack that has just been made, with its state in `state` and PULUMI_HOME in `home`. */
export async function readEmptyStack(folder: string): Promise<EmptyStack> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => path.relative(folder, path.join(parentPath, name)).replaceAll(path.sep, "/"))
    .filter((name) => FILES.test(name));
  const texts = await Promise.all(
    names.map(async (name) => [name, await readFile(path.join(folder, name), "utf8")] as const),
  );
  return { folder, files: new Map(texts) };
}

/** Makes the same stack in another folder, selected there, for commands with the same passphrase. */
export async function copyEmptyStack({ folder, files }: EmptyStack, target: string): Promise<void> {
  for (const [name, text] of files) {
    const file = path.join(target, name.replace(selectionOf(folder), selectionOf(target)));
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text.replaceAll(folder, target));
  }
}

/** The CLI keeps which stack is selected in a file of PULUMI_HOME that is named by the project's path. */
function selectionOf(folder: string): string {
  return createHash("sha1").update(path.join(folder, "Pulumi.yaml")).digest("hex");
}
