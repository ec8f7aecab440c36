import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { AccessClient } from "xtremepush-access";
import { forgetOwnSettings } from "../../scripts/demo/own-settings";
import { runCommand } from "../../scripts/pulumi-cli/run-command";
import { PulumiStack } from "../../scripts/pulumi-stack";
import { startTestBackend, type TestBackend } from "../support/backend/backend";
import { nothingSelected } from "../support/process/nothing-selected";
import { removeTemporaryFolders, temporaryFolder } from "../support/process/temporary-folder";
import { GUIDE, TOOLS, type ToolName, TREES, type Tree } from "./trees";

const HELP = `Makes the trees of ${GUIDE} outside of the repository with the packed packages, installs each with its
package manager, and runs pulumi up, preview and destroy in it. What cannot be downloaded is named and not run.

  npm run test:trees                     all trees, four minutes
  npm run test:trees -- --only Yarn      those of one package manager: npm, pnpm, Yarn or bun
  npm run test:trees -- --help           this

It ends with 1 when a tree fails.
`;

const INSTALL_MS = 240_000;
const RUN_MS = 240_000;

const ROOT = path.resolve(__dirname, "../..");
const SENTENCE =
  /pulumi-xtremepush cannot be loaded from \S+, .* Add ("pulumi-xtremepush": ".*") to the dependencies of (\S+) .* and run `(.*)`/;

type Environment = Readonly<Record<string, string>>;

/** What all trees share. */
interface World {
  readonly packages: string;
  readonly environment: Environment;
  readonly backend: TestBackend;
  readonly installers: Map<ToolName, string | null>;
}

async function main(args: string[]): Promise<number> {
  const options = { only: { type: "string", default: "" }, help: { type: "boolean", short: "h" } } as const;
  const { values } = parseArgs({ args, options });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  forgetOwnSettings();
  const trees = TREES.filter(({ tool }) => tool === values.only || tool.split(" ")[0]?.includes(values.only));
  if (trees.length === 0)
    return nothingSelected(
      values.only,
      TREES.map(({ tool }) => tool),
    );
  const backend = await startTestBackend();
  const stack = await PulumiStack.open({ environment: {}, under: temporaryFolder() });
  try {
    const world = { packages: await pack(), environment: stack.environment, backend, installers: new Map() };
    const results: boolean[] = [];
    for (const tree of trees) {
      const installer = await installerOf(tree.tool, world);
      if (installer !== null) results.push(await report(tree, () => run(tree, installer, world)));
    }
    const failed = results.filter((result) => !result).length;
    process.stdout.write(`${results.length - failed} passed, ${failed} failed\n`);
    return failed === 0 ? 0 : 1;
  } finally {
    await backend.close();
    removeTemporaryFolders();
  }
}

async function pack(): Promise<string> {
  const folder = path.join(temporaryFolder(), "access-packages");
  await succeed("npm", ["run", "pack", "--", folder], { cwd: ROOT, env: {} });
  return folder;
}

/** The command of a package manager, downloaded once; null where it cannot be. */
async function installerOf(tool: ToolName, { installers }: World): Promise<string | null> {
  const known = installers.get(tool);
  if (known !== undefined) return known;
  const command = await download(tool);
  installers.set(tool, command);
  return command;
}

async function download(tool: ToolName): Promise<string | null> {
  const wanted = TOOLS[tool];
  if (wanted === undefined) return "npm";
  const cwd = temporaryFolder();
  writeFileSync(path.join(cwd, "package.json"), "{}");
  const args = ["install", "--no-audit", "--no-fund", wanted.package];
  const { code, stderr } = await runCommand("npm", args, { cwd, timeout: INSTALL_MS });
  if (code === 0) return path.join(cwd, "node_modules/.bin", wanted.command);
  process.stdout.write(`not run: the trees of ${tool} (${stderr.trim().split("\n").at(-1)})\n`);
  return null;
}

async function report({ tool, shape }: Tree, check: () => Promise<void>): Promise<boolean> {
  const start = performance.now();
  const problem = await check().then(
    () => undefined,
    (error: unknown) => error,
  );
  const seconds = ((performance.now() - start) / 1_000).toFixed(1);
  process.stdout.write(`${problem === undefined ? "ok" : "FAILED"}  ${tool}: ${shape} (${seconds} s)\n`);
  if (problem !== undefined) process.stdout.write(`${problem}\n`);
  return problem === undefined;
}

async function run(tree: Tree, installer: string, world: World): Promise<void> {
  const folder = path.join(path.dirname(world.packages), `${TREES.indexOf(tree)}`);
  for (const [file, text] of Object.entries(tree.files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  const install = async () => succeed(installer, ["install"], { cwd: folder, env: await registry() });
  await install();
  const env = await environmentOf(tree, world);
  const infra = { cwd: path.join(folder, tree.infra ?? "."), env };
  const pulumi = (...args: string[]) => succeed("pulumi", [...args, "--non-interactive"], infra);
  await pulumi("stack", "init", `tree-${TREES.indexOf(tree)}`);
  if (tree.lacking !== undefined) {
    const { code, stdout, stderr } = await runCommand("pulumi", ["preview", "--non-interactive"], infra);
    const output = `${stdout}\n${stderr}`;
    addTheLine(path.join(folder, tree.lacking), code, output);
    await install();
  }
  await pulumi("up", "--yes", "--skip-preview");
  await pulumi("preview", "--expect-no-changes");
  await pulumi("destroy", "--yes", "--skip-preview");
}

/** Does what the refused preview says. */
function addTheLine(manifest: string, code: number | null, output: string): void {
  const [, line, file, command] = SENTENCE.exec(output) ?? [];
  if (code === 0 || line === undefined || file !== manifest || command !== "pnpm install" || /^ +at /m.test(output)) {
    throw new Error(`the preview was not refused with the line to add to ${manifest}:\n${output}`);
  }
  const parsed = JSON.parse(readFileSync(manifest, "utf8"));
  // The version is not published, so the file, as the sentence offers it.
  parsed.dependencies["pulumi-xtremepush"] = "file:../../access-packages/pulumi-xtremepush-0.1.0.tgz";
  writeFileSync(manifest, JSON.stringify(parsed));
}

async function environmentOf(tree: Tree, { environment, backend }: World): Promise<Environment> {
  const project = `tree-${TREES.indexOf(tree)}`;
  const { endpoint, adminToken } = backend;
  await new AccessClient({ endpoint, token: adminToken }).projects.create({ slug: project });
  const token = await backend.makeActor("editor", [project], { name: `pipeline of ${project}` });
  return {
    ...environment,
    ...{ XTREMEPUSH_ENDPOINT: endpoint, XTREMEPUSH_PROJECT: project, XTREMEPUSH_TOKEN: token },
  };
}

/** Yarn does not read npm's settings. In CI it and pnpm would want a lock file. */
async function registry(): Promise<Environment> {
  const found = await succeed("npm", ["config", "get", "registry"], { cwd: ROOT, env: {} });
  return { YARN_NPM_REGISTRY_SERVER: found.trim().replace(/\/$/, ""), CI: "" };
}

async function succeed(
  command: string,
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: Environment },
): Promise<string> {
  const { code, stdout, stderr } = await runCommand(command, args, { cwd, env, timeout: RUN_MS });
  if (code === 0) return stdout;
  throw new Error(`${path.basename(command)} ${args.join(" ")} ended with ${code}:\n${stdout}\n${stderr}`);
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
