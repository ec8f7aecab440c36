import assert from "node:assert/strict";
import { AccessClient } from "xtremepush-access";
import { processTable } from "../../../scripts/processes";
import type { PulumiStack } from "../../../scripts/pulumi-stack";
import { type Fault, type FaultProxy, type Judge, startFaultProxy } from "../backend/fault-proxy";
import { type EngineBench, openEngineBench, UNCHANGED } from "./engine";

/** Where a run is killed: at this call, before or right after the backend has done it. */
export interface KillPoint {
  readonly call: string;
  readonly fault: Extract<Fault, "kill-before" | "kill-after">;
}

/** What the program of a scenario declares for its one client. */
export interface Declared {
  readonly name: string;
  readonly permissions: readonly string[];
}

/** An engine bench whose runs can be killed at a call to the backend. */
export interface KillBench extends EngineBench {
  /** Goes to the backend through the proxy. */
  readonly stack: PulumiStack;
  /** Calls the token endpoint. */
  readonly oauth: AccessClient["oauth"];
  /** Kills the process group of the CLI (SIGKILL) at the first call of this kind in a run of `pulumi up`. */
  killUpAt(point: KillPoint): Promise<void>;
  /** The processes of the provider that the last killed run has started and that are still there. */
  providers(): Promise<readonly number[]>;
  /** The stack's outputs `clientId` and `clientSecret`. */
  credentials(): Promise<{ readonly clientId: string; readonly clientSecret: string }>;
  /** Takes the steps of docs/guides/after-a-crash.md; answers what `pulumi up` has printed. */
  recover(): Promise<string>;
  /** Checks that one client is live as declared, that its secret in the state works, and that nothing is left to do. */
  assertHealed(declared: Declared): Promise<void>;
  /** Checks that there is no client any more, and that nothing is left to do. */
  assertNoClient(): Promise<void>;
}

/** The state is written at the end of a run only, so that a kill loses the whole run. */
export const WITHOUT_CHECKPOINTS = { PULUMI_EXPERIMENTAL: "true", PULUMI_SKIP_CHECKPOINTS: "true" } as const;

let opened = 0;

/** Opens a bench with a project of its own. */
export async function openKillBench(environment: Readonly<Record<string, string>> = {}): Promise<KillBench> {
  opened += 1;
  const bench = await openEngineBench(`killed-${opened}`);
  const proxy = await startFaultProxy(bench.endpoint);
  const stack = bench.stack.with({ ...environment, XTREMEPUSH_ENDPOINT: proxy.endpoint });
  let started: readonly number[] = [];
  return {
    ...bench,
    stack,
    oauth: new AccessClient({ endpoint: bench.endpoint }).oauth,
    credentials: () => credentialsOf(stack),
    async killUpAt(point) {
      started = await killUpAt(stack, proxy, point);
    },
    async providers() {
      const running = new Set((await processTable()).map(({ pid }) => pid));
      return started.filter((pid) => running.has(pid));
    },
    recover: () => recover(stack),
    async assertHealed(declared) {
      await assertClient(bench, stack, declared);
      await assertNothingLeft(stack);
    },
    async assertNoClient() {
      assert.deepEqual(await bench.clients(), []);
      await assertNothingLeft(stack);
    },
    async close() {
      await proxy.close();
      await stack.close();
    },
  };
}

async function killUpAt(stack: PulumiStack, proxy: FaultProxy, { call, fault }: KillPoint): Promise<number[]> {
  const run = stack.start("up", "--yes", "--skip-preview");
  let killed = false;
  let providers: number[] = [];
  const judge: Judge = (passing) => (passing.call === call && !killed ? fault : null);
  proxy.meet(judge, async () => {
    killed = true;
    providers = await providersOf(run.group());
    await run.kill();
  });
  const { code, output } = await run.finished;
  proxy.heal();
  assert.ok(killed && code === null, `the run was not killed at ${call}; it ended with ${code}:\n${output}`);
  return providers;
}

/** The CLI starts a shell, which starts Node.js with the handlers. */
async function providersOf(cli: number): Promise<number[]> {
  const table = await processTable();
  const shells = table.filter(({ ppid, command }) => ppid === cli && command.includes("pulumi-resource-pulumi-nodejs"));
  const pids = new Set(shells.map(({ pid }) => pid));
  return table.filter(({ pid, ppid }) => pids.has(pid) || pids.has(ppid)).map(({ pid }) => pid);
}

async function recover(stack: PulumiStack): Promise<string> {
  await stack.succeed("cancel", "--yes");
  const output = await stack.succeed("up", "--yes");
  await stack.succeed("refresh", "--clear-pending-creates", "--yes");
  return output;
}

async function assertClient(bench: EngineBench, stack: PulumiStack, { name, permissions }: Declared): Promise<void> {
  const client = await bench.onlyClient();
  const held = await credentialsOf(stack);
  assert.deepEqual(
    { id: client.id, name: client.name, permissions: client.grant.permissions },
    { id: held.clientId, name, permissions },
  );
  const { scope } = await new AccessClient({ endpoint: bench.endpoint }).oauth.token(held);
  assert.equal(scope, permissions.join(" "));
}

async function credentialsOf(stack: PulumiStack) {
  return JSON.parse(await stack.succeed("stack", "output", "--json", "--show-secrets"));
}

async function assertNothingLeft(stack: PulumiStack): Promise<void> {
  const { deployment } = JSON.parse(await stack.exported());
  assert.deepEqual(deployment.pending_operations ?? [], []);
  await stack.succeed(...UNCHANGED);
}
