import { isDeepStrictEqual } from "node:util";
import { Command } from "commander";
import { accessIn, lockPath } from "../lock/lock-file";
import { readLocks } from "../lock/locks";
import { EXIT_CODES } from "../model/decision";
import type { Manifest } from "../model/manifest";
import { readPulumiProject } from "../program/project/pulumi-project";
import { configuredStacks, stackNameOf } from "../program/project/stack-configuration";
import { readProgram } from "../program/read-program";
import { sideBySide } from "../program/side-by-side";
import { print } from "./print";
import { type ProgramOptions, withProgramOptions } from "./review-options";

/** `check`: fails when a lock file differs from what the program declares. */
export function checkCommand(): Command {
  const command = new Command("check")
    .description(
      "Fails when a lock file differs from what the program declares. Source positions and owners do not count.",
    )
    .addHelpText("after", "\nWithout --stack, checks each stack that has a lock file or a Pulumi.<stack>.yaml.");
  return withProgramOptions(command).action(async ({ program, stack, timeout }: ProgramOptions) => {
    const project = readPulumiProject(program);
    const locks = await readLocks(program);
    const known = [...configuredStacks(project.configFolder), ...locks.map((lock) => lock.stack)];
    const names = stack.length > 0 ? stack : [...new Set(known)].sort();
    // A change that gives up the only stack leaves none.
    if (names.length === 0) return print("nothing to check: no stack has a lock file or a Pulumi.<stack>.yaml\n");
    const checks = sideBySide(names, async (name) => {
      const id = { pulumiProject: project.name, stack: stackNameOf(project, name).stack };
      const file = lockPath(id);
      const lock = locks.find((each) => lockPath(each) === file);
      return { id, file, problem: await findProblem(lock, { folder: program, stack: name, timeoutSeconds: timeout }) };
    });
    for (const check of checks) {
      const { id, file, problem } = await check;
      if (problem === null) {
        await print(`${file} matches the program\n`);
        continue;
      }
      const where = program === "." ? "" : ` --program ${program}`;
      process.stderr.write(
        `${file} ${problem}; run \`xtremepush-access-review lock${where} --stack ${id.stack}\` and commit it\n`,
      );
      process.exitCode = EXIT_CODES.approval;
    }
  });
}

async function findProblem(
  lock: Manifest | undefined,
  of: { folder: string; stack: string; timeoutSeconds: number },
): Promise<string | null> {
  if (lock === undefined) return "does not exist";
  const isSame = isDeepStrictEqual(accessIn(lock), accessIn(await readProgram(of)));
  return isSame ? null : "does not match the program";
}
