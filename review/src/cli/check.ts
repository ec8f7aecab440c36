import { isDeepStrictEqual } from "node:util";
import { Command } from "commander";
import { accessIn, lockPath } from "../lock/lock-file";
import { locksOf } from "../lock/locks";
import { EXIT_CODES } from "../model/decision";
import { readProgram } from "../program/read-program";
import { stacksOf } from "./lock";
import { type ProgramOptions, withProgramOptions } from "./review-options";

/** `check`: fails when a lock file is not what the program declares. */
export function checkCommand(): Command {
  const command = new Command("check").description(
    "Fails when a lock file is not what the program declares; positions and owners do not count.",
  );
  return withProgramOptions(command).action(async ({ program, stack }: ProgramOptions) => {
    const locks = new Map((await locksOf(program)).map((lock) => [lockPath(lock), lock]));
    for (const name of await stacksOf(program, stack)) {
      const manifest = await readProgram({ folder: program, stack: name });
      const lock = locks.get(lockPath(manifest));
      if (lock !== undefined && isDeepStrictEqual(accessIn(lock), accessIn(manifest))) {
        process.stdout.write(`${lockPath(manifest)} is what the program declares\n`);
        continue;
      }
      const what = lock === undefined ? "is not there" : "is not what the program declares";
      const where = program === "." ? "" : ` --program ${program}`;
      process.stderr.write(
        `${lockPath(manifest)} ${what}; run \`xtremepush-access-review lock${where} --stack ${manifest.stack}\` and commit it\n`,
      );
      process.exitCode = EXIT_CODES.approval;
    }
  });
}
