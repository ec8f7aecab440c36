import { randomBytes } from "node:crypto";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { AccessClient } from "xtremepush-access";
import { ExternalApiStandIn } from "../external-api";
import { accessLines } from "./excerpt";
import { GatewayProcess } from "./gateway-process";
import { BACKEND, type Scene } from "./scene";
import { PROJECT } from "./stage";

const PROGRAM = "examples/quickstart/index.ts";
const [ALLOWED, WANTED] = ["list/segment", "import/profile"];
/** What the program has, and what it has with the permission of the other call. */
const [BEFORE, AFTER] = ["permissions.list.segment", "permissions.list.segment, permissions.import.profile"];
/** How long the gateway may take until it knows what clients may do. */
const PATIENCE_MS = 20_000;
/** How long `pulumi up` may take, and the gateway besides. */
const UPDATE_MS = 120_000;

/** Puts the gateway in front of a stand-in of the External API: a call is allowed, denied, allowed by code, and denied again. */
export async function enforce(scene: Scene): Promise<void> {
  const appToken = randomBytes(24).toString("base64url");
  const api = await ExternalApiStandIn.start(appToken);
  const gateway = await startGateway(scene, api, appToken);
  try {
    await giveAndTake(scene, gateway, () => api.last.body.includes(appToken));
  } finally {
    await gateway.stop();
    await api.close();
  }
}

async function startGateway({ screen, stage }: Scene, api: ExternalApiStandIn, appToken: string) {
  screen.command(`${BACKEND} actor create gateway-1 --role gateway --project ${PROJECT}`);
  const token = await stage.command("actor", "create", "gateway-1", "--role", "gateway", "--project", PROJECT);
  screen.output("(its token, not shown here)");
  const file = [
    "version: 1",
    "listen: { port: 0 }",
    `backend: { endpoint: ${stage.backend.endpoint}, token: { variable: XTREMEPUSH_TOKEN } }`,
    "projects:",
    `  ${PROJECT}:`,
    `    upstream: ${api.endpoint}    # the vendor's External API; here, a stand-in of it`,
    "    appToken: { variable: ACME_APP_TOKEN }    # nobody else has it",
  ].join("\n");
  screen.command("cat gateway.yaml");
  screen.output(file);
  screen.command("npx --no-install xtremepush-access-gateway start &");
  const secrets = { XTREMEPUSH_TOKEN: token.trim(), ACME_APP_TOKEN: appToken };
  const gateway = await GatewayProcess.start({ folder: path.join(stage.folder, "gateway"), file, secrets });
  await eventually(async () => (await fetch(`${gateway.endpoint}/readyz`)).ok);
  screen.output(`The gateway listens on ${gateway.endpoint}`);
  return gateway;
}

/** @param hasAppToken Whether the last call that has reached the API had the app token. */
async function giveAndTake(scene: Scene, { endpoint }: GatewayProcess, hasAppToken: () => boolean): Promise<void> {
  const { screen, stage, stack } = scene;
  const client = await credentialsOf(scene);
  const access = new AccessClient({ endpoint: stage.backend.endpoint, token: await stage.backend.adminToken() });
  const request = async () => (await access.oauth.token(client)).access_token;
  const call = (path: string, token: string) => show(scene, { endpoint, path, token });
  const first = await request();
  await call(ALLOWED, first).then(expect(200));
  if (!hasAppToken()) throw new Error("the call has reached the API without the app token");
  screen.output("(the API got it with the app token, which the caller does not have)");
  await call(WANTED, first).then(expect(403));

  screen.command(`sed -i.bak 's/${BEFORE}/&, permissions.import.profile/' ${PROGRAM}`);
  await stage.edit(stack, BEFORE, AFTER);
  await update(scene);
  screen.code("const { access_token } = await access.oauth.token({ clientId, clientSecret });");
  const second = await request();
  await call(WANTED, second).then(expect(200));

  screen.command(`mv ${PROGRAM}.bak ${PROGRAM}`);
  await stage.edit(stack, AFTER, BEFORE);
  const refusal = firstRefusal(() => send({ endpoint, path: WANTED, token: second }));
  const [{ time, answer }] = await Promise.all([refusal, update(scene)]);
  const [change] = (await access.audit.ofClient(PROJECT, client.clientId, { limit: 1 })).items;
  screen.command(commandOf({ endpoint, path: WANTED }));
  screen.output(
    `${answer.status} ${answer.body["code"]}, ${time - Date.parse(change?.time ?? "")} ms after the backend had recorded the change`,
  );
}

async function credentialsOf({ stack }: Scene) {
  const [clientId, clientSecret] = [
    await stack.succeed("stack", "output", "clientId"),
    await stack.succeed("stack", "output", "clientSecret", "--show-secrets"),
  ];
  return { clientId: clientId.trim(), clientSecret: clientSecret.trim() };
}

async function update({ screen, stack }: Scene): Promise<void> {
  screen.command("pulumi up --yes --skip-preview");
  screen.output(accessLines(await stack.succeed("up", "--yes", "--skip-preview")));
}

interface Call {
  readonly endpoint: string;
  readonly path: string;
  readonly token: string;
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

async function send({ endpoint, path: name, token }: Call): Promise<Answer> {
  const response = await fetch(`${endpoint}/api/external/${name}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: "{}",
  });
  return { status: response.status, body: (await response.json()) as Answer["body"] };
}

async function show({ screen }: Scene, call: Call): Promise<Answer> {
  screen.command(commandOf(call));
  const answer = await send(call);
  const { detail, ...body } = answer.body;
  // A denial is two sentences: what is missing, and what to do.
  const text = typeof detail === "string" ? detail.replace(". ", ".\n") : JSON.stringify(body);
  screen.output(`${answer.status} ${text}`);
  return answer;
}

function commandOf({ endpoint, path: name }: Pick<Call, "endpoint" | "path">): string {
  return `curl --json '{}' -H "Authorization: Bearer $access_token" ${endpoint}/api/external/${name}`;
}

function expect(status: number): (answer: Answer) => void {
  return (answer) => {
    if (answer.status !== status) throw new Error(`the gateway answered ${answer.status} in place of ${status}`);
  };
}

/** Sends a call again and again until it is refused. @returns when, in milliseconds since 1970, and how */
async function firstRefusal(call: () => Promise<Answer>): Promise<{ readonly time: number; readonly answer: Answer }> {
  for (const end = Date.now() + UPDATE_MS; ; await wait(10)) {
    const answer = await call();
    const time = Date.now();
    if (answer.status === 403) return { time, answer };
    if (time > end) throw new Error("the gateway goes on letting the call through");
  }
}

async function eventually(isThere: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; !(await isThere()); await wait(50)) {
    if (Date.now() > end) throw new Error("the gateway hears nothing from the backend");
  }
}
