import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { AccessClient } from "xtremepush-access";
import { BackendProcess } from "../scripts/demo/backend-process";
import { HAS_NGINX } from "../test/support/backend/nginx";
import { startPlainNginx } from "../test/support/gateway/front-proxies";
import { freePort } from "../test/support/process/free-port";
import { load } from "./load";
import { quantile } from "./statistics";

/** How the gateway is measured. */
export interface GatewayPlan {
  readonly rounds: number;
  /** How long each load lasts, in seconds. */
  readonly seconds: number;
  readonly connections: number;
  /** How long the load lasts during which memory is read, in seconds. */
  readonly memorySeconds: number;
}

export type GatewayVariant = "bare" | "gateway" | "nginx";

/** One load; times in milliseconds, memory in MiB. */
export interface GatewayRun {
  readonly round: number;
  readonly variant: GatewayVariant;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly memory: number;
}

/** The memory of the gateway while it is under load, read at regular times, in MiB. */
export interface GatewayMemory {
  readonly seconds: number;
  readonly calls: number;
  readonly samples: readonly number[];
}

export interface GatewayFindings {
  readonly connections: number;
  /** Without nginx, there are none of it. */
  readonly runs: readonly GatewayRun[];
  readonly memory: GatewayMemory;
}

export interface GatewaySetup {
  readonly plan: GatewayPlan;
  readonly folder: string;
  /** The environment of the backend. */
  readonly environment: Readonly<Record<string, string>>;
  readonly report: (line: string) => void;
}

const COMMAND = path.join(path.dirname(require.resolve("xtremepush-access-gateway/package.json")), "dist/main.js");
const PATIENCE_MS = 60_000;
const SAMPLES = 300;
/** Some 230 bytes, as an event of an application has. */
const EVENT = JSON.stringify({
  event: "purchase",
  user_id: "9007199254740993",
  value: { amount: 12.5, currency: "EUR", items: ["a-1", "b-2", "c-3"], store: "Dublin", loyalty: true },
  timestamp: "2026-02-03T04:05:06Z",
  attributes: { source: "app", version: "4.5.6", platform: "ios" },
});

/**
 * Measures a gateway with a real backend, and nginx that asks it, against a proxy that checks nothing, one after the other in each
 * round, because other load on the machine slows all alike; then the memory of the gateway.
 */
export async function measureGateway({ plan, folder, environment, report }: GatewaySetup): Promise<GatewayFindings> {
  await mkdir(folder, { recursive: true });
  const started: ChildProcess[] = [];
  const backend = await BackendProcess.start({ folder: path.join(folder, "backend"), environment });
  let stopNginx: (() => Promise<void>) | undefined;
  try {
    const upstream = await startProgram("external-api", [], started);
    const bare = await startProgram("bare-proxy", [upstream.endpoint], started);
    const { gateway, decide, token } = await startGateway({ backend, upstream: upstream.endpoint, folder, started });
    const asking = HAS_NGINX ? await startAsking(decide, upstream) : null;
    stopNginx = asking?.stop;
    if (asking === null) report("not run: no nginx");
    const runs: GatewayRun[] = [];
    for (let round = 0; round <= plan.rounds; round += 1) {
      for (const [variant, program] of [
        ["bare", bare],
        ["gateway", gateway],
        ["nginx", asking],
      ] as const) {
        if (program === null) continue;
        const run = await measure(program, token, plan);
        report(`round ${round}, ${variant}: ${run.perSecond.toFixed(0)} requests/s`);
        // The first round warms both up.
        if (round > 0) runs.push({ round, variant, ...run });
      }
    }
    report(`${plan.memorySeconds} s of load for the memory of the gateway`);
    return { connections: plan.connections, runs, memory: await watchMemory(gateway, token, plan) };
  } finally {
    await stopNginx?.();
    for (const child of started) child.kill("SIGTERM");
    await backend.stop();
  }
}

interface Program {
  readonly endpoint: string;
  readonly pid: number;
}

async function measure({ endpoint, pid }: Program, token: string, { seconds, connections }: GatewayPlan) {
  const { perSecond, times } = await load({ endpoint, seconds, connections, request: callWith(token) });
  return { perSecond, p50: quantile(times, 0.5), p99: quantile(times, 0.99), memory: Math.round(await memoryOf(pid)) };
}

function callWith(token: string) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  return () => ({ method: "POST", path: "/api/external/hit/event", headers, body: EVENT });
}

/** Reads the memory of the gateway at regular times of a load. */
async function watchMemory(
  { endpoint, pid }: Program,
  token: string,
  { memorySeconds: seconds, connections }: GatewayPlan,
): Promise<GatewayMemory> {
  const samples: number[] = [];
  const timer = setInterval(
    () => void memoryOf(pid).then((memory) => samples.push(memory)),
    (seconds * 1_000) / SAMPLES,
  );
  try {
    const { times } = await load({ endpoint, seconds, connections, request: callWith(token) });
    return { seconds, calls: times.length, samples };
  } finally {
    clearInterval(timer);
  }
}

/** nginx with the settings of deploy/gateway, which asks the gateway about each call. */
async function startAsking(
  decide: string,
  upstream: Program,
): Promise<Program & { readonly stop: () => Promise<void> }> {
  const port = await freePort();
  const nginx = await startPlainNginx({ port, decide, vendor: new URL(upstream.endpoint).host });
  return { endpoint: `http://127.0.0.1:${port}`, pid: nginx.pid, stop: () => nginx.close() };
}

async function startGateway({ backend, upstream, folder, started }: GatewayParts) {
  const access = new AccessClient({ endpoint: backend.endpoint, token: await backend.adminToken() });
  await access.projects.create({ slug: "bench" });
  const { id, clientSecret } = await access.clients.create("bench", { name: "bench" });
  await access.grants.put("bench", id, { permissions: ["event:hit", "event:batch-hit"] }, { ifMatch: 0 });
  const { token: actorToken } = await access.actors.create({ name: "gateway", role: "gateway", projects: ["bench"] });
  const lines = [
    "version: 1",
    "listen: { port: 0 }",
    `backend: { endpoint: "${backend.endpoint}", token: { variable: XTREMEPUSH_TOKEN } }`,
    "decide: { port: 0 }",
    `projects: { bench: { upstream: "${upstream}", appToken: { variable: APP_TOKEN } } }`,
  ];
  const file = path.join(folder, "gateway.yaml");
  await writeFile(file, `${lines.join("\n")}\n`);
  const environment = { ...process.env, XTREMEPUSH_TOKEN: actorToken, APP_TOKEN: "bench-app-token-0123456789" };
  const child = spawn(process.execPath, [COMMAND, "start", "--config", file, "--log-level", "info"], {
    stdio: ["ignore", "pipe", "inherit"],
    env: environment,
  });
  started.push(child);
  const [endpoint = "", decide = ""] = await firstMatch(
    child,
    /"endpoint":"(http:[^"]+)".*"decideEndpoint":"http:..([^"]+)"/,
  );
  for (const end = Date.now() + PATIENCE_MS; !(await fetch(`${endpoint}/readyz`)).ok; await wait(50)) {
    if (Date.now() > end) throw new Error("the gateway does not become ready");
  }
  const { access_token: token } = await access.oauth.token({ clientId: id, clientSecret: clientSecret ?? "" });
  return { gateway: { endpoint, pid: child.pid ?? 0 }, decide, token };
}

interface GatewayParts {
  readonly backend: BackendProcess;
  readonly upstream: string;
  readonly folder: string;
  readonly started: ChildProcess[];
}

async function startProgram(name: string, args: readonly string[], started: ChildProcess[]): Promise<Program> {
  const program = path.join(__dirname, "programs", `${name}.ts`);
  const child = spawn(process.execPath, ["-r", "ts-node/register/transpile-only", program, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  started.push(child);
  const [port = ""] = await firstMatch(child, /"port":(\d+)/);
  return { endpoint: `http://127.0.0.1:${port}`, pid: child.pid ?? 0 };
}

/** Waits for what a program writes first. */
function firstMatch(child: ChildProcess, pattern: RegExp): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    let output = "";
    child.stdout?.on("data", (text) => {
      output += String(text);
      const [all, ...found] = pattern.exec(output) ?? [];
      if (all !== undefined) resolve(found);
    });
    child.once("exit", () => reject(new Error(`a measured program has ended: ${output}`)));
  });
}

/** The resident memory of a process and those that it has started, in MiB, where Linux tells it. */
async function memoryOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
  const own = Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / 1_024;
  const others = await Promise.all(
    children
      .split(" ")
      .filter((child) => child !== "")
      .map((child) => memoryOf(Number(child))),
  );
  return others.reduce((sum, memory) => sum + memory, own);
}
