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
  answers: Machine["answers"];
  install: Machine["install"];
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
    versionsFolder: path.join(folder, "home", ".pulumi", "versions"),
    dynamicProviderScript,
    goCalls,
    go: goThatBuilds,
    run: async (command, args, options) => {
      if (command !== "go") return runCommand(command, args, options);
      goCalls.push(args);
      const finished = machine.go(args);
      for (const line of finished.stderr.split("\n")) options?.onStderr?.(line);
      return finished;
    },
    answers: async () => false,
    install: async () => {
      throw new Error("there is no network");
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
  if (args[0] === "build") writeProgram(args[args.indexOf("-o") + 1] ?? "", "echo v3.259.0");
  return succeeded("");
}

export function succeeded(stdout: string): Finished {
  return { code: 0, stdout, stderr: "" };
}

export function failed(stderr: string): Finished {
  return { code: 1, stdout: "", stderr };
}
