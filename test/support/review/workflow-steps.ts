import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { parse } from "yaml";
import { plainEnvironment } from "../process/plain-environment";
import { temporaryFolder } from "../process/temporary-folder";

const ROOT = path.resolve(__dirname, "../../..");

/** A step of a workflow or of a composite action, as far as it matters here. */
export interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly if?: string;
  readonly "timeout-minutes"?: number;
  readonly run?: string;
  readonly shell?: string;
  readonly "working-directory"?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, unknown>>;
}

export interface Job {
  readonly if?: string;
  readonly needs?: string;
  readonly environment?: string;
  readonly concurrency?: string;
  readonly "timeout-minutes"?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

export interface Workflow {
  readonly name: string;
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly concurrency?: string;
  readonly defaults?: { readonly run?: { readonly "working-directory"?: string } };
  readonly jobs: Readonly<Record<string, Job>>;
}

/** What a YAML file of the project holds. */
export function yamlOf(file: string): unknown {
  return parse(textOf(file));
}

/** The text of a file of the project. */
export function textOf(file: string): string {
  return readFileSync(path.join(ROOT, file), "utf8");
}

export interface RunnerContext {
  /** Where the repository is checked out. */
  readonly folder: string;
  /** The variables of the job and of the runner. */
  readonly environment: Readonly<Record<string, string>>;
  /** What stands for each expression, `inputs.base` and so on. */
  readonly values?: Readonly<Record<string, string>>;
}

export interface StepResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What the step wrote for those after it, and for the page of the run. */
  readonly output: string;
  readonly summary: string;
  /** The folder for temporary files, RUNNER_TEMP. */
  readonly temp: string;
}

/** Runs the shell of a step as GitHub's runner does: https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#exit-codes-and-error-action-preference */
export async function runStep(
  step: Step,
  { folder, environment, values = {} }: RunnerContext,
  temp: string = temporaryFolder(),
): Promise<StepResult> {
  const files = { output: path.join(temp, "output"), summary: path.join(temp, "summary") };
  mkdirSync(path.join(temp, "home"), { recursive: true });
  for (const file of Object.values(files)) writeFileSync(file, "");
  const own = Object.entries(step.env ?? {}).map(([name, value]) => [name, evaluated(value, values)]);
  // With `shell: bash`; without it a step of a workflow has no pipefail.
  const flags = step.shell === "bash" ? ["--noprofile", "--norc", "-eo", "pipefail"] : ["-e"];
  const child = spawn("bash", [...flags, "-c", step.run ?? ""], {
    cwd: path.join(folder, evaluated(step["working-directory"] ?? ".", values)),
    env: {
      ...plainEnvironment(),
      HOME: path.join(temp, "home"),
      RUNNER_TEMP: temp,
      GITHUB_OUTPUT: files.output,
      GITHUB_STEP_SUMMARY: files.summary,
      ...environment,
      ...Object.fromEntries(own),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  const [output, summary] = [readFileSync(files.output, "utf8"), readFileSync(files.summary, "utf8")];
  return { code, stdout, stderr, output, summary, temp };
}

/** @throws Error for an expression that no value is given for. */
function evaluated(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{\{ (.+?) \}\}/g, (_, expression: string) => {
    const value = values[expression];
    if (value === undefined) throw new Error(`nothing stands for ${expression}`);
    return value;
  });
}
