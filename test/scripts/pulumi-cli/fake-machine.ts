import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { CLI_PROGRAMS } from "../../../scripts/pulumi-cli/inspect-cli";
import type { Machine } from "../../../scripts/pulumi-cli/machine";
import { type Finished, runCommand } from "../../../scripts/pulumi-cli/run-command";

/** A computer in a temporary folder: nothing on its PATH, nothing in its home, no network. */
export interface FakeMachine extends Machine {
  readonly folder: string;
  readonly pathFolders: string[];
  /** Every `go` command that was run. */
  readonly goCalls: (readonly string[])[];
  go: (args: readonly string[]) => Finished;
  /** What the launcher of the npm package `pulumi` does. */
  launch: () => Finished;
  readonly remove: () => void;
}

export function fakeMachine(): FakeMachine {
  const folder = mkdtempSync(path.join(tmpdir(), "pulumi-cli-test-"));
  const goCalls: (readonly string[])[] = [];
  const dynamicProviderScript = path.join(folder, "package", "pulumi-resource-pulumi-nodejs");
  writeProgram(dynamicProviderScript, "", 0o644);
  const machine: FakeMachine = {
    folder,
    platform: "linux",
    pathFolders: [path.join(folder, "usr", "bin")],
    downloadFolder: path.join(folder, "home", ".pulumi", "versions", "3.259.0"),
    buildFolder: path.join(folder, "home", ".cache", "builds", "3.259.0"),
    launcher: path.join(folder, "package", "run.js"),
    dynamicProviderScript,
    goCalls,
    go: goThatBuilds,
    run: async (command, args, options) => {
      if (args[0] === machine.launcher) return machine.launch();
      if (command !== "go") return runCommand(command, args, options);
      goCalls.push(args);
      const finished = machine.go(args);
      for (const line of finished.stderr.split("\n")) options?.onStderr?.(line);
      return finished;
    },
    launch: () => failed("Downloading pulumi v3.259.0...\npulumi: fetch failed"),
    askNodeHost: async (file) => {
      const { code, stdout } = await runCommand(file, []);
      return code === 0 ? stdout.replace(/^v/, "") : undefined;
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
  return machine;
}

/** Writes a CLI that answers with the version; it lacks the programs that `programs` does not name. */
export function writeCli(binDir: string, version: string, programs: readonly string[] = CLI_PROGRAMS): void {
  for (const program of programs) writeProgram(path.join(binDir, program), `echo v${version}`);
}

export function writeProgram(file: string, command: string, mode = 0o755): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${command}\n`, { mode });
}

/** Puts a `go` on the PATH; what it does is `machine.go`. */
export function addGo(machine: FakeMachine): void {
  writeProgram(path.join(machine.folder, "usr", "bin", "go"), "");
}

export function goThatBuilds(args: readonly string[]): Finished {
  if (args[0] === "version") return succeeded("go version go1.26.8 linux/amd64");
  if (args[0] === "build") {
    const file = args[args.indexOf("-o") + 1] ?? "";
    writeProgram(file, file.endsWith("language-nodejs") ? "echo v3.68.0" : "echo v3.259.0");
  }
  return succeeded("");
}

export function succeeded(stdout: string): Finished {
  return { code: 0, stdout, stderr: "" };
}

export function failed(stderr: string): Finished {
  return { code: 1, stdout: "", stderr };
}
