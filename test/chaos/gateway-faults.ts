import { setTimeout as wait } from "node:timers/promises";
import { AccessClient } from "xtremepush-access";
import { ExternalApiStandIn } from "../support/gateway/external-api";
import { answerOf, drip, flood, type RawAnswer, RawUpstream } from "../support/gateway/raw-upstream";
import { freePort } from "../support/process/free-port";
import { MovedTime } from "../support/process/moved-time";
import { temporaryFolder } from "../support/process/temporary-folder";
import { ADMIN_TOKEN, type Data, startBackend } from "./backends";
import { CALLS, Calls, type Ended } from "./calls";
import { type GatewayPlace, type GatewayProcess, startGatewayProcess } from "./gateways";
import type { Outcome } from "./outcome";
import type { Pauses } from "./pauses";

const APP_TOKEN = "apptoken-0123456789";
const PROJECT = "acme";
const CALLERS = 8;
/** How often a gateway reports use. */
const INTERVAL_MS = 10_000;
/** How long a report may be on its way, on a machine that is busy. */
const ON_ITS_WAY_MS = 2_000;

/** A backend with a client, a gateway of it, and its callers. */
interface Bench {
  readonly access: AccessClient;
  readonly client: { readonly id: string; readonly secret: string };
  readonly place: GatewayPlace;
  readonly calls: Calls;
}

interface Surroundings {
  readonly backend: string;
  readonly upstream: string;
  readonly port: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly limits?: string;
}

async function prepare({ backend, upstream, port, env = {}, limits = "{}" }: Surroundings): Promise<Bench> {
  const access = new AccessClient({ endpoint: backend, token: ADMIN_TOKEN });
  await access.projects.create({ slug: PROJECT });
  const { id, clientSecret } = await access.clients.create(PROJECT, { name: "caller" });
  const permissions = [CALLS.low.permission, CALLS.critical.permission];
  await access.grants.put(PROJECT, id, { permissions }, { ifMatch: 0 });
  const { token } = await access.actors.create({ name: "gateway", role: "gateway", projects: [PROJECT] });
  const yaml = `version: 1
listen: { port: ${port} }
backend: { endpoint: "${backend}", token: { variable: GATEWAY_TOKEN } }
projects: { ${PROJECT}: { upstream: "${upstream}", appToken: { variable: APP_TOKEN } } }
limits: ${limits}
`;
  const place = { folder: temporaryFolder(), yaml, env: { ...env, GATEWAY_TOKEN: token, APP_TOKEN } };
  return { access, client: { id, secret: clientSecret ?? "" }, place, calls: new Calls() };
}

async function begin({ access, client, place, calls }: Bench): Promise<GatewayProcess> {
  const gateway = await startGatewayProcess(place);
  await calls.until(async () => (await fetch(`${gateway.endpoint}/readyz`)).ok);
  const { access_token: token } = await access.oauth.token({ clientId: client.id, clientSecret: client.secret });
  calls.token = token;
  calls.start(gateway.endpoint, CALLERS);
  await calls.recovers();
  return gateway;
}

/** A backend away for ten minutes by the clock, and then for longer than any risk lets it; it comes back, and nothing is restarted. */
export async function underAbsence(): Promise<Outcome> {
  const time = new MovedTime();
  const port = String(await freePort());
  const data: Data = { cwd: temporaryFolder(), env: time.env };
  const backend = await startBackend(data, port);
  const { calls, upstream, bench } = await withStandIn({ backend: backend.endpoint, env: time.env });
  let gateway = await begin(bench);
  await backend.stop("SIGKILL");
  const wrong = [...statusesOf(calls, await during(calls), { low: [200], critical: [200, 202], never: [403] })];
  time.set(585);
  wrong.push(...statusesOf(calls, await during(calls), { low: [200], critical: [503], never: [503, 403] }));
  await calls.end();
  await gateway.stop("SIGKILL");
  gateway = await startGatewayProcess(bench.place);
  calls.start(gateway.endpoint, CALLERS);
  wrong.push(...statusesOf(calls, await during(calls), { low: [200], critical: [503], never: [503, 403] }));
  time.set(1_000);
  wrong.push(...statusesOf(calls, await during(calls), { low: [401, 503], critical: [401, 503], never: [401, 503] }));
  const again = await startBackend(data, port);
  const { access_token: token } = await bench.access.oauth.token({
    ...{ clientId: bench.client.id, clientSecret: bench.client.secret },
  });
  calls.token = token;
  const recovery = await calls.recovers();
  wrong.push(...statusesOf(calls, await during(calls), { low: [200], critical: [200, 202], never: [403] }));
  await calls.end();
  const ended = gateway.isRunning() ? [] : ["the gateway is gone"];
  if ((await gateway.stop("SIGTERM")) !== 0) ended.push("the gateway did not stop cleanly");
  const outcome = outcomeOf(calls, { recoveries: [recovery], ended, wrong, lost: [] });
  await again.stop("SIGTERM");
  await upstream.close();
  return outcome;
}

/** A gateway killed under load, twice; what it has counted is lost for one interval at most. */
export async function underGatewayKills(pauses: Pauses): Promise<Outcome> {
  const backend = await startBackend({ cwd: temporaryFolder() });
  const { calls, upstream, bench } = await withStandIn({ backend: backend.endpoint });
  let gateway = await begin(bench);
  const recoveries: number[] = [];
  const ended: string[] = [];
  // The first kill comes after a report; what a gateway had counted before is then in the backend.
  await calls.until(async () => (await usedOf(bench)) > 0);
  const kills: number[] = [];
  for (let kill = 1; kill <= 2; kill += 1) {
    await calls.more(200);
    await pauses.next();
    if (!gateway.isRunning()) ended.push(`before kill ${kill}`);
    kills.push(performance.now());
    await gateway.stop("SIGKILL");
    gateway = await startGatewayProcess(bench.place);
    recoveries.push(await calls.recovers());
  }
  await calls.end();
  if ((await gateway.stop("SIGTERM")) !== 0) ended.push("the gateway did not stop cleanly");
  const lost = await lostOf(bench, kills);
  const outcome = outcomeOf(calls, { recoveries, ended, wrong: [], lost });
  await backend.stop("SIGTERM");
  await upstream.close();
  return outcome;
}

const HEAD = "HTTP/1.1 200 OK\r\n";
const ANSWER = answerOf('{"code":200}', ["Content-Type: application/json"]);

/** What an External API does that does not work. */
const BROKEN: readonly RawAnswer[] = [
  (socket) => void socket.write(ANSWER),
  (socket) => void socket.end(ANSWER),
  (socket) => void socket.write(ANSWER, () => socket.destroy()),
  (socket) => void socket.write(ANSWER, () => setTimeout(() => socket.destroy(), 1)),
  (socket) => void socket.destroy(),
  (socket) => void socket.resetAndDestroy(),
  (socket) => void socket.end("garbage\r\n\r\n"),
  (socket) => void socket.end(`${HEAD}Content-Length: 100\r\n\r\nhalf`),
  (socket) => void socket.write(`${ANSWER}${ANSWER}`),
  (socket) => void socket.end(`${HEAD}Transfer-Encoding: chunked\r\n\r\nx`),
  (socket) => void socket.write(answerOf("no gzip", ["Content-Encoding: gzip"])),
  (socket) => void socket.write(`HTTP/1.1 100 Continue\r\n\r\n${ANSWER}`),
  (socket) =>
    void socket.write(`HTTP/1.1 413 Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}`, () =>
      socket.resetAndDestroy(),
    ),
  (socket) => void setTimeout(() => socket.write(ANSWER), 300),
  (socket) => drip(socket, "HTTP/1.1 102 Processing\r\n\r\n"),
  (socket) => flood(socket, `${HEAD}X: y\r\n`),
  () => undefined,
];

/** An External API that is slow, cut, away and answers anything. */
export async function underBrokenUpstream(pauses: Pauses): Promise<Outcome> {
  const backend = await startBackend({ cwd: temporaryFolder() });
  const upstream = await RawUpstream.start();
  const limits = "{ answer: 1s, connections: 6, waiting: 12 }";
  const where = { backend: backend.endpoint, upstream: upstream.endpoint, port: "0", limits };
  const bench = await prepare(where);
  const { calls } = bench;
  const answerWith = (answers: readonly RawAnswer[]) => {
    let turn = 0;
    upstream.answer = (socket) => {
      calls.arrive(upstream.arrived.at(-1) ?? "");
      turn += 1;
      answers[turn % answers.length]?.(socket);
    };
  };
  answerWith(BROKEN.slice(0, 1));
  const gateway = await begin(bench);
  answerWith(BROKEN);
  const start = performance.now();
  while (performance.now() < start + 8_000) {
    await calls.more(20);
    await pauses.next();
    upstream.cut();
  }
  answerWith(BROKEN.slice(0, 1));
  upstream.cut();
  const recoveries = [await calls.recovers()];
  await wait(1_500);
  const wrong = statusesOf(calls, await during(calls), { low: [200], critical: [200], never: [403] });
  await calls.end();
  const ended = gateway.isRunning() ? [] : ["the gateway is gone"];
  if ((await gateway.stop("SIGTERM")) !== 0) ended.push("the gateway did not stop cleanly");
  const lost = await lostOf(bench, []);
  const outcome = outcomeOf(calls, { recoveries, ended, wrong, lost });
  await backend.stop("SIGTERM");
  await upstream.close();
  return outcome;
}

async function withStandIn({ backend, env }: { backend: string; env?: Readonly<Record<string, string>> }) {
  const upstream = await ExternalApiStandIn.start(APP_TOKEN);
  const port = String(await freePort());
  const bench = await prepare({ backend, upstream: upstream.endpoint, port, ...(env && { env }) });
  const { calls } = bench;
  upstream.answerWith((_request, response, { body }) => {
    calls.arrive(body);
    response.writeHead(200, { "content-type": "application/json" }).end('{"code":200}');
  });
  return { bench, calls, upstream };
}

/** Waits for some calls that begin from now on. */
async function during(calls: Calls): Promise<number> {
  // What was under way when the fault came ends first.
  await calls.more(2 * CALLERS);
  const start = performance.now();
  await calls.until(() => calls.since(start).length >= 60);
  return start;
}

function statusesOf(
  calls: Calls,
  start: number,
  allowed: Readonly<Record<Ended["kind"], readonly number[]>>,
): string[] {
  return calls
    .since(start)
    .filter(({ kind, status }) => status === null || !allowed[kind].includes(status))
    .map(({ kind, status }) => `${kind} with ${status}, not ${allowed[kind].join(" or ")}`);
}

/** The allowed calls that the backend knows of. */
async function usedOf({ access, client }: Bench): Promise<number> {
  const { permissions } = await access.use.ofClient(PROJECT, client.id);
  return permissions.reduce((sum, { count }) => sum + count, 0);
}

/** More lost than may be: of what arrived, only the last interval before a kill may be missing. */
async function lostOf(bench: Bench, kills: readonly number[]): Promise<string[]> {
  const used = await usedOf(bench);
  const arrived = [...bench.calls.arrived.values()].flat();
  const mayBeLost = arrived.filter((time) =>
    kills.some((kill) => time > kill - INTERVAL_MS - ON_ITS_WAY_MS && time <= kill + ON_ITS_WAY_MS),
  ).length;
  const missing = arrived.length - used;
  // A call is counted when it is sent, so that those on their way may not have arrived.
  if (kills.length > 0 && -missing > CALLERS * kills.length)
    return [`${used} counted, where ${arrived.length} arrived`];
  return missing <= mayBeLost ? [] : [`${missing} of ${arrived.length}, where ${mayBeLost} may be`];
}

interface Found {
  readonly recoveries: readonly number[];
  readonly ended: readonly string[];
  readonly wrong: readonly string[];
  readonly lost: readonly string[];
}

function outcomeOf(calls: Calls, { recoveries, ended, wrong, lost }: Found): Outcome {
  const { twice, letThrough, lies } = calls.wrong();
  return {
    fault: "",
    requests: calls.ended.length,
    unavailable: calls.ended.filter(({ status }) => (status ?? 0) >= 500).length,
    firstSuccessMs: Math.max(...recoveries),
    zeros: {
      "processes ended unasked": ended,
      "answers not the API's own": calls.foreign,
      "calls sent twice": twice,
      "calls let through that may not be": letThrough,
      "calls answered wrong": [...lies, ...wrong],
      "intervals of use lost": lost,
    },
  };
}
