import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { AccessClient } from "xtremepush-access";
import { forgetOwnSettings } from "../../scripts/demo/own-settings";
import { startTestBackend, type TestBackend } from "../support/backend/backend";
import { makeGrantedClient } from "../support/backend/oauth";
import { nothingSelected } from "../support/process/nothing-selected";
import { removeTemporaryFolders } from "../support/process/temporary-folder";
import { runTools } from "../support/run/other-tools";
import { copyFiles, SEED, toolsOf } from "./tools";

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
    const description = await descriptionOf(backend);
    return await runTools(tools, {
      env: await environmentOf(backend),
      prepare: (tool, folder) => {
        writeFileSync(join(folder, "openapi.json"), description);
        copyFiles(tool, folder);
      },
    });
  } finally {
    await backend.close();
    removeTemporaryFolders();
  }
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

function wholeNumber(text: string): number {
  if (!/^[0-9]{1,9}$/.test(text)) throw new Error(`--seed takes a whole number, not ${text}`);
  return Number(text);
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
