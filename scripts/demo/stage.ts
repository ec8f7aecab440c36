import { cp, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { ENVIRONMENT_VARIABLES as VARIABLES } from "pulumi-xtremepush/protocol";
import { accessEnvironment } from "../access-environment";
import { PulumiStack } from "../pulumi-stack";
import { BackendProcess, runBackendCommand } from "./backend-process";

const ROOT = path.resolve(__dirname, "../..");
const PROGRAM = "examples/quickstart";
export const PROJECT = "acme";

/** The demo's folder in the repo, with a backend, a copy of the quickstart and its stack. */
export class Stage {
  readonly folder: string;
  readonly backend: BackendProcess;
  /** The endpoint, the project and the token, as a user sets them. */
  readonly environment: Readonly<Record<string, string>>;

  private constructor(folder: string, backend: BackendProcess, adminToken: string) {
    this.folder = folder;
    this.backend = backend;
    this.environment = accessEnvironment({ endpoint: backend.endpoint, project: PROJECT, token: adminToken });
  }

  /** Starts a backend in a folder below the repo; `keep` lets it run on after the demo. */
  static async open(folder: string, keep: boolean): Promise<Stage> {
    const backend = await BackendProcess.start({ folder, keep });
    return new Stage(folder, backend, await backend.adminToken());
  }

  /** Creates a stack of the quickstart, on a copy because the demo edits it. */
  async stack(): Promise<PulumiStack> {
    const project = await readFile(path.join(ROOT, "Pulumi.yaml"), "utf8");
    const stack = await PulumiStack.open({ environment: this.environment, under: this.folder, project });
    await cp(path.join(ROOT, PROGRAM), path.join(stack.folder, PROGRAM), { recursive: true });
    return stack;
  }

  /** Runs a command of the backend and returns its standard output. */
  async command(...args: string[]): Promise<string> {
    return runBackendCommand(args, this.environment);
  }

  /** Replaces text in the copy of the program. */
  async edit(stack: PulumiStack, before: string, after: string): Promise<void> {
    const file = path.join(PROGRAM, "index.ts");
    const text = await readFile(path.join(stack.folder, file), "utf8");
    if (!text.includes(before)) throw new Error(`${file} does not mention ${before}, which the demo replaces`);
    await stack.write(file, text.replace(before, after));
  }

  /** The commands to continue after the demo, and to stop it. */
  async farewell(stack: PulumiStack): Promise<{ readonly goOn: string[]; readonly end: string[] }> {
    const passphraseFile = path.join(this.folder, "passphrase");
    const { PATH = "", PULUMI_BACKEND_URL = "", PULUMI_HOME = "", PULUMI_CONFIG_PASSPHRASE = "" } = stack.environment;
    await writeFile(passphraseFile, PULUMI_CONFIG_PASSPHRASE, { mode: 0o600 });
    const [binDir = ""] = PATH.split(path.delimiter);
    const bins = [binDir, path.join(ROOT, "node_modules/.bin")].map(quoted).join(":");
    return {
      goOn: [
        `cd ${quoted(stack.folder)}`,
        `export PATH=${bins}:"$PATH"`,
        `export ${VARIABLES.endpoint}=${this.backend.endpoint} ${VARIABLES.project}=${PROJECT}`,
        `export ${VARIABLES.token}="$(cat ${quoted(this.backend.adminTokenFile)})"`,
        `export PULUMI_BACKEND_URL=${quoted(PULUMI_BACKEND_URL)} PULUMI_HOME=${quoted(PULUMI_HOME)}`,
        `export PULUMI_CONFIG_PASSPHRASE_FILE=${quoted(passphraseFile)} PULUMI_SKIP_UPDATE_CHECK=true`,
      ],
      end: [`kill ${this.backend.pid}`, `cd ${quoted(ROOT)} && rm -r ${quoted(this.folder)}`],
    };
  }
}

/** Quotes a string as one word for a shell. */
function quoted(text: string): string {
  return /^[\w./:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
