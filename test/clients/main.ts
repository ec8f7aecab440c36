import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { makeSecret } from "../../backend/src/credentials/secrets";
import { readSettings } from "../../backend/src/process/settings";
import { startBackend } from "../../backend/src/process/start";
import { forgetOwnSettings } from "../../scripts/demo/own-settings";
import { runCommand } from "../../scripts/pulumi-cli/run-command";
import { makeGrantedClient } from "../support/backend/oauth";
import { fencedBlock } from "../support/docs/fenced-block";
import { nothingSelected } from "../support/process/nothing-selected";
import { removeTemporaryFolders, temporaryFolder } from "../support/process/temporary-folder";
import { makeKeyPair } from "../support/sdk/certificates";
import { GUIDE, PROGRAMS, type Program } from "./programs";
import { ENVIRONMENT, type Toolchain } from "./toolchains";

const HELP = `Takes the programs of ${GUIDE} out of the page and runs each with its real library against a
backend: curl, Node.js, Python, Go and Java. It downloads the libraries into temporary folders; what the machine has no tool
for, or no way to the registry of, is named and not run.

  npm run test:clients                   all programs, two minutes
  npm run test:clients -- --only Go      those of one tool: curl, npm, Python, Go or Java
  npm run test:clients -- --help         this

It ends with 1 when a program fails.
`;

const RUN_MS = 120_000;

/** The variables that a program reads. */
type Environment = Readonly<Record<string, string>>;

async function main(args: string[]): Promise<number> {
  const options = { only: { type: "string", default: "" }, help: { type: "boolean", short: "h" } } as const;
  const { values } = parseArgs({ args, options });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  forgetOwnSettings();
  const programs = PROGRAMS.filter(({ toolchain }) => toolchain.name.includes(values.only));
  if (programs.length === 0)
    return nothingSelected(
      values.only,
      PROGRAMS.map(({ toolchain }) => toolchain.name),
    );
  const adminToken = makeSecret("xpat");
  const settings = readSettings(
    { port: "0", dataDir: join(temporaryFolder(), "data") },
    { XTREMEPUSH_ACCESS_ADMIN_TOKEN: adminToken },
  );
  const backend = await startBackend(settings, { level: "silent", stream: { write() {} } });
  try {
    const results = await runAll(programs, await environmentOf(backend.endpoint, adminToken));
    const failed = results.filter((result) => !result).length;
    process.stdout.write(`${results.length - failed} passed, ${failed} failed\n`);
    return failed === 0 ? 0 : 1;
  } finally {
    await backend.close();
    removeTemporaryFolders();
  }
}

/** A client with a secret and a key, and one of its tokens. */
async function environmentOf(endpoint: string, adminToken: string): Promise<Environment> {
  const { access, id, secret } = await makeGrantedClient({ endpoint, adminToken }, ["list:profile"]);
  const { publicKey, privateKey } = await makeKeyPair("RS256");
  await access.clients.update("retail", id, { publicKeys: { current: publicKey } }, { ifMatch: 1 });
  const { access_token } = await access.oauth.token({ clientId: id, clientSecret: secret });
  const keyFile = join(temporaryFolder(), "client.key.pem");
  writeFileSync(keyFile, privateKey, { mode: 0o600 });
  return {
    ...{ ISSUER: endpoint, CLIENT_ID: id, CLIENT_SECRET: secret, KEY_FILE: keyFile, TOKEN: access_token },
    AUTHLIB_INSECURE_TRANSPORT: "1",
  };
}

/** Whether each program that could be run did what it says. */
async function runAll(programs: readonly Program[], env: Environment): Promise<boolean[]> {
  const installed = new Map<Toolchain, string | null>();
  const results: boolean[] = [];
  for (const program of programs) {
    const { toolchain } = program;
    if (!installed.has(toolchain)) installed.set(toolchain, await install(toolchain));
    const folder = installed.get(toolchain) ?? null;
    if (folder !== null) results.push(await run(program, folder, env));
  }
  return results;
}

async function install(toolchain: Toolchain): Promise<string | null> {
  const folder = temporaryFolder();
  const reason = await toolchain.install(folder);
  if (reason === null) return folder;
  process.stdout.write(`not run: the programs of ${toolchain.name} (${reason})\n`);
  return null;
}

async function run(program: Program, folder: string, env: Environment): Promise<boolean> {
  const { name, language, contains, file, prints } = program;
  writeFileSync(join(folder, file), fencedBlock(GUIDE, language, contains));
  const [command, ...args] = program.command;
  const start = performance.now();
  const finished = await runCommand(command, args, {
    ...{ cwd: folder, env: { ...ENVIRONMENT, ...env }, timeout: RUN_MS },
  });
  const isRight = finished.code === 0 && prints.test(finished.stdout);
  const seconds = ((performance.now() - start) / 1_000).toFixed(1);
  process.stdout.write(`${isRight ? "ok" : "FAILED"}  ${name} (${seconds} s)\n`);
  if (!isRight) process.stdout.write(`${finished.stdout}\n${finished.stderr}\n`);
  return isRight;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
