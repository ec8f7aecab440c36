import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";

/** The folder beside Pulumi.yaml for what these commands keep: the state, and what was delivered. */
const OWN_FOLDER = ".access-env";

/** The path of something in the own folder of a program. */
export function ownPath(program: string, ...names: readonly string[]): string {
  return path.join(program, OWN_FOLDER, ...names);
}

/** Makes a folder in the own folder of a program; git ignores all of it. */
export async function makeOwnFolder(program: string, name: string): Promise<void> {
  await mkdir(ownPath(program, name), { recursive: true, mode: 0o700 });
  await writeFile(ownPath(program, ".gitignore"), "*\n");
}
