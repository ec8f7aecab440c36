import { chmod, copyFile, mkdir } from "node:fs/promises";
import path from "node:path";
import { findBuilt } from "./find-cli";
import {
  GO_ENVIRONMENT,
  GO_FLAGS,
  GO_PROGRAMS,
  GO_VERSION,
  type GoProgram,
  linkerFlags,
  NODE_HOST,
} from "./go-programs";
import { findFolder, inspectCli } from "./inspect-cli";
import type { Machine } from "./machine";
import { OLD_HOST_LACKS } from "./node-host";
import { withProgress } from "./progress";
import { publishFolder } from "./publish-folder";
import type { Report, Way } from "./pulumi-cli";
import type { RunOptions } from "./run-command";
import { isNewEnough, PULUMI_VERSION } from "./wanted-version";

/** Builds the CLI from its source with the Go toolchain, for a machine that cannot reach the vendor's site. */
export const buildCli: Way = async (machine, report) => {
  const problem = await problemWithGo(machine);
  if (problem !== undefined) return { problem };

  report(
    `Building Pulumi ${PULUMI_VERSION} from source with Go. It has about 1,700 packages, so this takes 3 to 5 minutes ` +
      `on two cores; later runs reuse the result. Its Node.js host is ${NODE_HOST.version}: programs have no ${OLD_HOST_LACKS}.`,
  );
  try {
    await publishBuild(machine, report);
  } catch (error) {
    if (error instanceof BuildFailed) return { problem: error.message };
    throw error;
  }
  return findBuilt(machine, report);
};

class BuildFailed extends Error {}

async function publishBuild(machine: Machine, report: Report): Promise<void> {
  const inspectIn = (folder: string) => inspectCli(machine, path.join(folder, "bin"));
  await publishFolder({
    target: machine.buildFolder,
    fill: async (staging) => {
      await buildInto(path.join(staging, "bin"), machine, report);
      const inspection = await inspectIn(staging);
      if ("problem" in inspection) throw new BuildFailed(inspection.problem);
    },
    isUsable: async (folder) => "cli" in (await inspectIn(folder)),
  });
}

async function problemWithGo(machine: Machine): Promise<string | undefined> {
  if ((await findFolder("go", machine.pathFolders)) === undefined) return "There is no go on the PATH.";

  // Run inside a module: there Go fetches a newer toolchain if GOTOOLCHAIN allows it, and prints that version.
  const asked = await machine.run("go", ["version"], { cwd: GO_PROGRAMS[0].module, env: GO_ENVIRONMENT });
  const version = /\bgo(\d+\.\d+\S*)/.exec(asked.stdout)?.[1];
  if (asked.code !== 0 || version === undefined) return `Go does not run: ${asked.stderr}`;
  if (isNewEnough(version, GO_VERSION)) return undefined;
  return `Go is ${version}; ${GO_VERSION} is needed (with GOTOOLCHAIN=auto, Go fetches it).`;
}

async function buildInto(binDir: string, machine: Machine, report: Report): Promise<void> {
  await mkdir(binDir);
  for (const program of GO_PROGRAMS) {
    const total = await countPackages(program, machine, report);
    await compile({ program, binDir, total }, machine, report);
  }
  const script = path.join(binDir, path.basename(machine.dynamicProviderScript));
  await copyFile(machine.dynamicProviderScript, script);
  await chmod(script, 0o755);
}

/** Also downloads the source, if it is not there yet. */
async function countPackages(program: GoProgram, machine: Machine, report: Report): Promise<number> {
  let downloads = 0;
  const onStderr = (line: string): void => {
    if (line.startsWith("go: downloading ")) downloads += 1;
  };
  const list = () => go(machine, ["list", "-deps", ...GO_FLAGS, program.package], { cwd: program.module, onStderr });
  const packages = await withProgress(report, () => `${program.name}: ${downloads} Go modules downloaded`, list);
  return packages.split("\n").length;
}

interface Compilation {
  readonly program: GoProgram;
  readonly binDir: string;
  readonly total: number;
}

async function compile({ program, binDir, total }: Compilation, machine: Machine, report: Report): Promise<void> {
  let compiled = 0;
  const onStderr = (line: string): void => {
    if (isPackageName(line)) compiled += 1;
  };
  const args = ["build", "-v", ...GO_FLAGS, "-ldflags", linkerFlags(program), "-o", path.join(binDir, program.name)];
  const build = () => go(machine, [...args, program.package], { cwd: program.module, onStderr });
  await withProgress(report, () => `${program.name}: ${compiled} of ${total} packages compiled`, build);
  report(`  ${program.name}: done`);
}

/** With -v, Go prints each package on stderr as it compiles it; every other message contains a space. */
function isPackageName(line: string): boolean {
  return !/\s/.test(line);
}

async function go(machine: Machine, args: readonly string[], options: RunOptions): Promise<string> {
  const finished = await machine.run("go", args, { ...options, env: GO_ENVIRONMENT });
  if (finished.code === 0) return finished.stdout;
  const said = finished.stderr
    .split("\n")
    .filter((line) => !isPackageName(line) && !line.startsWith("go: downloading "));
  throw new BuildFailed(`\`go ${args[0]}\` failed:\n${said.slice(-10).join("\n")}`);
}
