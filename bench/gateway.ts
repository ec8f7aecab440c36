import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { AccessClient } from "xtremepush-access";
import { BackendProcess } from "../scripts/demo/backend-process";
import { load } from "./load";
import { quantile } from "./statistics";

/** How the gateway is measured. */
export interface GatewayPlan {
  readonly rounds: number;
  /** How long each load lasts, in seconds. */
  readonly seconds: number;
  readonly connections: number;
}

export type GatewayVariant = "bare" | "gateway";

/** One load; times in milliseconds, memory in MiB. */
export interface GatewayRun {
  readonly round: number;
  readonly variant: GatewayVariant;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly memory: number;
}

export interface GatewayFindings {
  readonly connections: number;
  readonly runs: readonly GatewayRun[];
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
/** Some 230 bytes, as an event of an application has. */
const EVENT = JSON.stringify({
  event: "purchase",
  user_id: "9007199254740993",
  value: { amount: 12.5, currency: "EUR", items: ["a-1", "b-2", "c-3"], store: "Dublin", loyalty: true },
  timestamp: "2026-02-03T04:05:06Z",
  attributes: { source: "app", version: "4.5.6", platform: "ios" },
});

/**
 * Measures a gateway with a real backend against a proxy that checks nothing, in pairs, because other load on the machine slows
 * both alike.
 */
export async function measureGateway({ plan, folder, environment, report }: GatewaySetup): Promise<GatewayFindings> {
  await mkdir(folder, { recursive: true });
  const started: ChildProcess[] = [];
  const backend = await BackendProcess.start({ folder: path.join(folder, "backend"), environment });
  try {
    const upstream = await startProgram("external-api", [], started);
    const bare = await startProgram("bare-proxy", [upstream.endpoint], started);
    const { gateway, token } = await startGateway({ backend, upstream: upstream.endpoint, folder, started });
    const runs: GatewayRun[] = [];
    for (let round = 0; round <= plan.rounds; round += 1) {
      for (const [variant, program] of [
        ["bare", bare],
        ["gateway", gateway],
      ] as const) {
        const run = await measure(program, token, plan);
        report(`round ${round}, ${variant}: ${run.perSecond.toFixed(0)} requests/s`);
        // The first round warms both up.
        if (round > 0) runs.push({ round, variant, ...run });
      }
    }
    return { connections: plan.connections, runs };
  } finally {
    for (const child of started) child.kill("SIGTERM");
    await backend.stop();
  }
}

interface Program {
  readonly endpoint: string;
  readonly pid: number;
}

async function measure({ endpoint, pid }: Program, token: string, { seconds, connections }: GatewayPlan) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const request = () => ({ method: "POST", path: "/api/external/hit/event", headers, body: EVENT });
  const { perSecond, times } = await load({ endpoint, seconds, connections, request });
  return { perSecond, p50: quantile(times, 0.5), p99: quantile(times, 0.99), memory: Math.round(await memoryOf(pid)) };
}

async function startGateway({ backend, upstream, folder, started }: GatewayParts) {
  const access = new AccessClient({ endpoint: backend.endpoint, token: await backend.adminToken() });
  await access.projects.create({ slug: "bench" });
  const { id, clientSecret } = await access.clients.create("bench", { name: "bench" });
  await access.grants.put("bench", id, { permissions: ["event:hit"] }, { ifMatch: 0 });
  const { token: actorToken } = await access.actors.create({ name: "gateway", role: "gateway", projects: ["bench"] });
  const lines = [
    "version: 1",
    "listen: { port: 0 }",
    `backend: { endpoint: "${backend.endpoint}", token: { variable: XTREMEPUSH_TOKEN } }`,
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
  const endpoint = await firstMatch(child, /"endpoint":"(http:[^"]+)"/);
  for (const end = Date.now() + PATIENCE_MS; !(await fetch(`${endpoint}/readyz`)).ok; await wait(50)) {
    if (Date.now() > end) throw new Error("the gateway does not become ready");
  }
  const { access_token: token } = await access.oauth.token({ clientId: id, clientSecret: clientSecret ?? "" });
  return { gateway: { endpoint, pid: child.pid ?? 0 }, token };
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
  const port = await firstMatch(child, /"port":(\d+)/);
  return { endpoint: `http://127.0.0.1:${port}`, pid: child.pid ?? 0 };
}

/** Waits for what a program writes first. */
function firstMatch(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    child.stdout?.on("data", (text) => {
      output += String(text);
      const [, found] = pattern.exec(output) ?? [];
      if (found !== undefined) resolve(found);
    });
    child.once("exit", () => reject(new Error(`a measured program has ended: ${output}`)));
  });
}

/** The resident memory of a process in MiB, where Linux tells it. */
async function memoryOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / 1_024;
}
