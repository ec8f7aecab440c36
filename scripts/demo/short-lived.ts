import { existsSync } from "node:fs";
import { cp, readFile } from "node:fs/promises";
import path from "node:path";
import { parseEnv } from "node:util";
import { AccessClient } from "xtremepush-access";
import { runCommand } from "../pulumi-cli/run-command";
import { BACKEND, type Scene } from "./scene";

const ROOT = path.resolve(__dirname, "../..");
const PROGRAM = "examples/environments";
const NAME = "pr-12";
const FILE = `.env.${NAME}`;
const COMMAND = path.join(path.dirname(require.resolve("xtremepush-access-environments/package.json")), "dist/main.js");

/** Makes an environment, uses the credential that it delivers, and takes it down. */
export async function useEnvironment(scene: Scene): Promise<void> {
  const { screen, stage } = scene;
  const folder = path.join(stage.folder, "environments");
  await cp(path.join(ROOT, PROGRAM), folder, { recursive: true });
  screen.command(`cd ${PROGRAM} && npx --no-install xtremepush-access-env up ${NAME}`);
  screen.output(await runEnvironments(scene, folder, ["up", NAME]));
  screen.code(
    `const { CRM_CLIENT_ID: clientId, CRM_CLIENT_SECRET: clientSecret } = parseEnv(readFileSync("${FILE}", "utf8"));`,
  );
  screen.code("const { scope } = await access.oauth.token({ clientId, clientSecret });");
  const { CRM_CLIENT_ID: clientId = "", CRM_CLIENT_SECRET: clientSecret = "" } = await variablesIn(folder);
  const { scope } = await new AccessClient({ endpoint: stage.backend.endpoint }).oauth.token({
    clientId,
    clientSecret,
  });
  screen.output(`scope: ${scope}`);
  screen.command(`npx --no-install xtremepush-access-env down ${NAME}`);
  screen.output(await runEnvironments(scene, folder, ["down", NAME]));
  screen.command(`${BACKEND} client list --project acme-${NAME}`);
  const left = await stage.command("client", "list", "--project", `acme-${NAME}`);
  screen.output(left.trim() === "" ? "(nothing)" : left.trim());
  if ("CRM_CLIENT_SECRET" in (await variablesIn(folder))) throw new Error(`${FILE} still holds the client secret`);
}

async function variablesIn(folder: string): Promise<NodeJS.Dict<string>> {
  const file = path.join(folder, FILE);
  return existsSync(file) ? parseEnv(await readFile(file, "utf8")) : {};
}

async function runEnvironments({ stage, stack }: Scene, folder: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runCommand(process.execPath, [COMMAND, ...args], {
    cwd: folder,
    env: { ...stack.environment, ...stage.environment },
    timeout: 120_000,
  });
  if (code === 0) return stdout;
  throw new Error(`xtremepush-access-env ${args.join(" ")} ended with ${code}:\n${stdout}\n${stderr}`);
}
