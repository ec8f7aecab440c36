import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { AccessClient } from "xtremepush-access";
import { forgetOwnSettings } from "../../scripts/demo/own-settings";
import { type Finished, runCommand } from "../../scripts/pulumi-cli/run-command";
import type { Toolchain } from "../clients/toolchains";
import { startTestBackend, type TestBackend } from "../support/backend/backend";
import { makeGrantedClient } from "../support/backend/oauth";
import { nothingSelected } from "../support/process/nothing-selected";
import { removeTemporaryFolders, temporaryFolder } from "../support/process/temporary-folder";
import { copyFiles, SEED, type Tool, toolsOf } from "./tools";

const HELP = `Gives the description of the API, /openapi.json, to other people's tools: the rules of Redocly and Spectral; a client that
openapi-typescript generates, which does one whole life of a client and a grant; and Schemathesis, which calls every operation
of a backend with valid and invalid requests. It downloads the tools into temporary folders; what the machine has no npm or
Python for, or no way to the registry of, is named and not run.

  npm run test:api                       all tools, about three minutes
  npm run test:api -- --only Redocly     one of Redocly, Spectral, openapi-typescript, Schemathesis
  npm run test:api -- --seed 7           Schemathesis with other cases than those of the seed 1
  npm run test:api -- --help             this

It ends with 1 when a tool finds something.
`;

const RUN_MS = 600_000;
const PROJECT = "retail";
/** Schemathesis sends more than any caller may. */
const LIMIT = 1_000_000;
const LIMITS = { addressRequests: LIMIT, actorRequests: LIMIT, addressTokens: LIMIT, clientTokens: LIMIT };

/** The variables that a tool reads. */
type Environment = Readonly<Record<string, string>>;

async function main(args: string[]): Promise<number> {
  const options = {
    only: { type: "string", default: "" },
    seed: { type: "string", default: String(SEED) },
    help: { type: "boolean", short: "h" },
  } as const;
  const { values } = parseArgs({ args, options });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  forgetOwnSettings();
  const tools = toolsOf(wholeNumber(values.seed)).filter(({ name }) => name.includes(values.only));
  if (tools.length === 0)
    return nothingSelected(
      values.only,
      toolsOf(SEED).map(({ name }) => name),
    );
  const backend = await startTestBackend({ limits: LIMITS, issuer: "https://access.example.com" });
  try {
    const results = await runAll(tools, backend);
    const failed = results.filter((result) => !result).length;
    process.stdout.write(`${results.length - failed} passed, ${failed} failed\n`);
    return failed === 0 ? 0 : 1;
  } finally {
    await backend.close();
    removeTemporaryFolders();
  }
}

/** Whether each tool that could be run found nothing. */
async function runAll(tools: readonly Tool[], backend: TestBackend): Promise<boolean[]> {
  const env = await environmentOf(backend);
  const description = await descriptionOf(backend);
  const folders = new Map<Toolchain, string | null>();
  const results: boolean[] = [];
  for (const tool of tools) {
    const { toolchain } = tool;
    if (!folders.has(toolchain)) folders.set(toolchain, await install(toolchain, tools));
    const folder = folders.get(toolchain) ?? null;
    if (folder === null) continue;
    writeFileSync(join(folder, "openapi.json"), description);
    results.push(await run(tool, folder, env));
  }
  return results;
}

/** A client with a grant, one that may be deleted, and an actor that may be revoked. */
async function environmentOf(backend: TestBackend): Promise<Environment> {
  const { endpoint, adminToken } = backend;
  const { id, secret } = await makeGrantedClient(backend, ["list:profile"]);
  const access = new AccessClient({ endpoint, token: adminToken });
  const client = await access.clients.create(PROJECT, { name: "CRM" });
  const deleted = await access.clients.create(PROJECT, { name: "Old CRM" });
  const actor = await access.actors.create({ name: "ci", role: "viewer", projects: [PROJECT] });
  return {
    ...{ API_URL: endpoint, API_TOKEN: adminToken, API_CLIENT_ID: id, API_CLIENT_SECRET: secret },
    ...{ API_PROJECT: PROJECT, API_CLIENT: client.id, API_DELETED_CLIENT: deleted.id, API_ACTOR: actor.id },
    // Schemathesis imports its hooks by name.
    PYTHONPATH: ".",
  };
}

async function descriptionOf({ endpoint, adminToken }: TestBackend): Promise<string> {
  const answer = await fetch(`${endpoint}/openapi.json`, { headers: { authorization: `Bearer ${adminToken}` } });
  if (!answer.ok) throw new Error(`/openapi.json answers ${answer.status}`);
  return answer.text();
}

async function install(toolchain: Toolchain, tools: readonly Tool[]): Promise<string | null> {
  const folder = temporaryFolder();
  const reason = await toolchain.install(folder);
  if (reason === null) return folder;
  const names = tools.filter((tool) => tool.toolchain === toolchain).map(({ name }) => name);
  process.stdout.write(`not run: ${names.join(", ")}, which need ${toolchain.name} (${reason})\n`);
  return null;
}

async function run(tool: Tool, folder: string, env: Environment): Promise<boolean> {
  copyFiles(tool, folder);
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

async function runCommands(commands: Tool["commands"], folder: string, env: Environment): Promise<Finished> {
  let finished: Finished = { code: null, stdout: "", stderr: "" };
  for (const [command, ...args] of commands) {
    finished = await runCommand(command, args, { cwd: folder, env, timeout: RUN_MS });
    if (finished.code !== 0) return finished;
  }
  return finished;
}

function wholeNumber(text: string): number {
  if (!/^[0-9]{1,9}$/.test(text)) throw new Error(`--seed takes a whole number, not ${text}`);
  return Number(text);
}

function indented(text: string): string {
  return text.trim().replace(/^(?=.)/gm, "    ");
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
