import childProcess, { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type Method, replaceMethod } from "./replaced-method";

/** Names the command that runs another one without a network. The children that it runs do not get the variable. */
const VARIABLE = "ACCESS_REVIEW_NAMESPACE";

/** Runs each process that the program starts in a network namespace of its own, where the system has them. */
export function isolateChildren(): void {
  const namespace: unknown = JSON.parse(process.env[VARIABLE] ?? "null");
  if (!Array.isArray(namespace)) return;
  const command = namespace.map(String);
  isolateSpawn(command);
  for (const name of ["spawnSync", "execFileSync"]) isolateSync(name, command);
  isolateShell();
}

/** The options that every asynchronous start ends in; child_process of Node.js 22 to 24. */
interface Start {
  file: string;
  args: string[];
  cwd?: string;
  envPairs?: string[];
}

function isolateSpawn(command: readonly string[]): void {
  replaceMethod(ChildProcess.prototype, "spawn", (spawn) => {
    return function (options, ...rest) {
      const start = options as Start;
      if (!canRun(start.file, { cwd: start.cwd, path: pathIn(start.envPairs) }))
        return Reflect.apply(spawn, this, [options, ...rest]);
      const envPairs = start.envPairs?.filter((pair) => !pair.startsWith(`${VARIABLE}=`));
      const [file = ""] = command;
      const args = [...command, start.file, ...start.args.slice(1)];
      return Reflect.apply(spawn, this, [{ ...start, file, args, envPairs }, ...rest]);
    };
  });
}

interface Options {
  readonly shell?: boolean | string;
  readonly cwd?: string | URL;
  readonly env?: NodeJS.ProcessEnv;
}

function isolateSync(name: string, [namespace = "", ...flags]: readonly string[]): void {
  replaceMethod(childProcess, name, (start) => {
    return function (file, ...rest) {
      const args = Array.isArray(rest[0]) ? rest[0].map(String) : [];
      const options = optionsIn(rest);
      const { shell } = options;
      const given = shell ? [shellOf(shell), "-c", [file, ...args].join(" ")] : [String(file), ...args];
      const { cwd, env = process.env } = options;
      const place = { cwd: cwd instanceof URL ? fileURLToPath(cwd) : cwd, path: env["PATH"] };
      if (!canRun(given[0] ?? "", place)) return Reflect.apply(start, this, [file, ...rest]);
      return Reflect.apply(start, this, [
        namespace,
        [...flags, ...given],
        { ...withoutVariable(options), shell: false },
      ]);
    };
  });
}

function isolateShell(): void {
  replaceMethod(childProcess, "execSync", (): Method => {
    return (command, ...rest) => {
      const { shell = true, ...options } = optionsIn(rest);
      return childProcess.execFileSync(shellOf(shell), ["-c", String(command)], options);
    };
  });
}

function optionsIn(rest: readonly unknown[]): Options {
  const options = rest.find((each) => typeof each === "object" && each !== null && !Array.isArray(each));
  return options ?? {};
}

function withoutVariable(options: Options): Options {
  const { [VARIABLE]: _, ...env } = options.env ?? process.env;
  return { ...options, env };
}

function shellOf(shell: boolean | string): string {
  return typeof shell === "string" ? shell : "/bin/sh";
}

interface Place {
  readonly cwd: string | undefined;
  /** The variable PATH of the started process. */
  readonly path: string | undefined;
}

/** Where the system looks without PATH. */
const DEFAULT_PATH = "/usr/local/bin:/bin:/usr/bin";

function pathIn(pairs: readonly string[] | undefined): string | undefined {
  if (pairs === undefined) return process.env["PATH"];
  return pairs.find((pair) => pair.startsWith("PATH="))?.slice("PATH=".length);
}

/** A missing command must fail as such, not as a failure of the namespace's command. */
function canRun(file: string, { cwd = "", path: folders = DEFAULT_PATH }: Place): boolean {
  if (file.includes(path.sep)) return existsSync(path.resolve(cwd, file));
  return folders.split(path.delimiter).some((folder) => existsSync(path.resolve(cwd, folder, file)));
}
