import { mkdir, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { Command } from "commander";
import { LOCK_FOLDER, lockPath, lockText } from "../lock/lock-file";
import { readLocks } from "../lock/locks";
import { SENTENCE_MAX, visible } from "../outputs/visible";
import { readProgram } from "../program/read-program";
import { sideBySide } from "../program/side-by-side";
import { print } from "./print";
import { type ProgramOptions, withProgramOptions } from "./review-options";

/** `lock`: writes what the program declares to `access/`. */
export function lockCommand(): Command {
  const command = new Command("lock")
    .description(
      `Runs the program without cloud or secrets and writes what it declares to ${LOCK_FOLDER}/. Commit these files.`,
    )
    .addHelpText("after", "\nWithout --stack, writes the lock file of each stack that has one, or of the only stack.");
  return withProgramOptions(command).action(async ({ program, stack, timeout }: ProgramOptions) => {
    const names = await listStacks(program, stack);
    for (const read of sideBySide(names, (name) =>
      readProgram({ folder: program, stack: name, timeoutSeconds: timeout }),
    )) {
      const manifest = await read;
      const file = lockPath(manifest);
      await mkdir(path.join(program, LOCK_FOLDER), { recursive: true });
      await replaceFile(path.join(program, file), lockText(manifest));
      const { clients, grants, uncertain } = manifest;
      await print(`${file}: ${clients.length} clients, ${grants.length} grants\n`);
      for (const why of uncertain) process.stderr.write(`not certain: ${visible(why, SENTENCE_MAX)}\n`);
    }
  });
}

/** The requested stacks, else those with a lock file; undefined lets the reader find the only one. */
async function listStacks(program: string, asked: readonly string[]): Promise<(string | undefined)[]> {
  if (asked.length > 0) return [...asked];
  const locked = (await readLocks(program)).map(({ stack }) => stack);
  return locked.length > 0 ? [...new Set(locked)] : [undefined];
}

/** Replaces the file in one step, so that an interrupted run leaves no broken lock file. */
async function replaceFile(file: string, text: string): Promise<void> {
  const draft = `${file}.${process.pid}.tmp`;
  await writeFile(draft, text);
  await rename(draft, file);
}
