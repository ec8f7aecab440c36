import { type Finished, runCommand } from "../../../scripts/pulumi-cli/run-command";
import type { Toolchain } from "../../clients/toolchains";
import { temporaryFolder } from "../process/temporary-folder";

const RUN_MS = 600_000;

type Command = readonly [string, ...string[]];

/** What one of other people's tools checks in a folder. */
export interface OtherTool {
  readonly name: string;
  readonly toolchain: Toolchain;
  /** Run one after the other; each must end with 0. */
  readonly commands: readonly Command[];
  /** The part of the output of the last command that is shown; without it in the output, the tool has failed. */
  readonly shows: RegExp;
}

/** What a run gives to each tool. */
export interface ToolRun<Tool> {
  /** The variables that the tools read. */
  readonly env?: Readonly<Record<string, string>>;
  /** Puts what a tool needs into its folder. */
  readonly prepare: (tool: Tool, folder: string) => void;
}

/**
 * Installs each toolchain once, runs every tool, and prints what each shows; what could not be installed is named and not run. The
 * last line is `N passed, N failed`. @returns the exit code, 1 when a tool has failed
 */
export async function runTools<Tool extends OtherTool>(tools: readonly Tool[], run: ToolRun<Tool>): Promise<0 | 1> {
  const folders = new Map<Toolchain, string | null>();
  const results: boolean[] = [];
  for (const tool of tools) {
    const { toolchain } = tool;
    if (!folders.has(toolchain)) folders.set(toolchain, await install(toolchain, tools));
    const folder = folders.get(toolchain) ?? null;
    if (folder === null) continue;
    run.prepare(tool, folder);
    results.push(await runTool(tool, folder, run.env));
  }
  const failed = results.filter((result) => !result).length;
  process.stdout.write(`${results.length - failed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

async function install(toolchain: Toolchain, tools: readonly OtherTool[]): Promise<string | null> {
  const folder = temporaryFolder();
  const reason = await toolchain.install(folder);
  if (reason === null) return folder;
  const names = tools.filter((tool) => tool.toolchain === toolchain).map(({ name }) => name);
  process.stdout.write(`not run: ${names.join(", ")}, which need ${toolchain.name} (${reason})\n`);
  return null;
}

async function runTool(tool: OtherTool, folder: string, env: ToolRun<OtherTool>["env"]): Promise<boolean> {
  const start = performance.now();
  const finished = await runCommands(tool.commands, folder, env);
  const output = `${finished.stdout}\n${finished.stderr}`;
  const isRight = finished.code === 0 && tool.shows.test(output);
  const seconds = ((performance.now() - start) / 1_000).toFixed(1);
  process.stdout.write(`${isRight ? "ok" : "FAILED"}  ${tool.name} (${seconds} s)\n`);
  const commands = tool.commands.map((command) => command.join(" ")).join("\n");
  process.stdout.write(`${indented(`${commands}\n${isRight ? (tool.shows.exec(output)?.[0] ?? "") : output}`)}\n`);
  return isRight;
}

async function runCommands(
  commands: readonly Command[],
  folder: string,
  env: ToolRun<OtherTool>["env"] = {},
): Promise<Finished> {
  let finished: Finished = { code: null, stdout: "", stderr: "" };
  for (const [command, ...args] of commands) {
    finished = await runCommand(command, args, { cwd: folder, env, timeout: RUN_MS });
    if (finished.code !== 0) return finished;
  }
  return finished;
}

function indented(text: string): string {
  return text.trim().replace(/^(?=.)/gm, "    ");
}
