import { setTimeout as wait } from "node:timers/promises";
import { type AccessClient, type ClientWithGrant, select } from "xtremepush-access";
import type { PulumiStack } from "../scripts/pulumi-stack";
import { readState, type StackState } from "./stack-state";

/** The arguments of an `up` without prompts. */
const UP = ["up", "--yes", "--skip-preview"] as const;

/** The steps after a crash, as in the docs. */
const STEPS = [["cancel", "--yes"], UP, ["refresh", "--yes", "--skip-preview", "--clear-pending-creates"]] as const;

/** What is wrong after the steps; each number should be 0. */
export interface Losses {
  /** Declared clients that are not live. */
  readonly missing: number;
  /** Live clients that are not in the state: created twice, or lost. */
  readonly doubled: number;
  readonly wrongGrants: number;
  /** Secrets in the state that do not get a token. */
  readonly deadSecrets: number;
  readonly pendingOperations: number;
}

/** The result of an `up` that was killed in the middle. */
export interface Crash {
  readonly checkpoints: boolean;
  /** Clients on the backend after the kill. */
  readonly made: number;
  /** Clients in the state after the kill. */
  readonly remembered: number;
  /** How many clients the next `up` found and took over. */
  readonly takenOver: number;
  /** How long the steps took, in seconds. */
  readonly seconds: number;
  /** Whether a preview then shows no change. */
  readonly settled: boolean;
  readonly losses: Losses;
}

export interface CrashPlan {
  readonly stack: PulumiStack;
  readonly access: AccessClient;
  readonly project: string;
  readonly size: number;
  readonly checkpoints: boolean;
  readonly report: (line: string) => void;
  /** How many clients the backend created in all projects. */
  readonly countCreates: () => Promise<number>;
}

/**
 * Kills an `up` (SIGKILL to its process group) when half of its clients exist, and then runs the steps from the docs.
 */
export async function crash(plan: CrashPlan): Promise<Crash> {
  const { stack, access, project, checkpoints, report } = plan;
  await killInTheMiddle(plan);
  const live = await liveClients(access, project);
  const state = await readState(stack);
  report(`killed: ${live.length} clients on the backend, ${state.clients.size} in the state`);

  const start = performance.now();
  for (const step of STEPS) {
    report(`pulumi ${step.join(" ")} …`);
    await stack.succeed(...step);
  }
  const seconds = (performance.now() - start) / 1000;
  report("looking for losses …");
  const { code } = await stack.run("preview", "--expect-no-changes");
  return {
    checkpoints,
    made: live.length,
    remembered: state.clients.size,
    takenOver: await countTakeOvers(access, project),
    seconds,
    settled: code === 0,
    losses: await findLosses(plan, await readState(stack)),
  };
}

async function killInTheMiddle({ stack, size, countCreates }: CrashPlan): Promise<void> {
  const before = await countCreates();
  const run = stack.start(...UP);
  let ended = false;
  void run.finished.finally(() => {
    ended = true;
  });
  while ((await countCreates()) - before < size / 2) {
    if (ended) throw new Error(`the up ended before it could be killed:\n${(await run.finished).output}`);
    await wait(50);
  }
  await run.kill();
}

async function liveClients(access: AccessClient, project: string): Promise<ClientWithGrant[]> {
  const clients: ClientWithGrant[] = [];
  for await (const client of access.clients.list(project, { limit: 1_000 })) clients.push(client);
  return clients;
}

async function countTakeOvers(access: AccessClient, project: string): Promise<number> {
  let count = 0;
  for await (const { action } of access.audit.ofProject(project, { limit: 1_000 })) {
    if (action === "client.take-over") count += 1;
  }
  return count;
}

async function findLosses({ access, project, size }: CrashPlan, state: StackState): Promise<Losses> {
  const live = await liveClients(access, project);
  const known = live.filter(({ id }) => state.clients.has(id));
  const secrets = [...state.clients].map(([clientId, clientSecret]) => ({ clientId, clientSecret }));
  const tokens = await Promise.allSettled(secrets.map((credentials) => access.oauth.token(credentials)));
  // As programs/declared.ts declares them.
  const declared = select({ access: "read", maxRisk: "low" }).toSorted().join(" ");
  return {
    missing: size - known.length,
    doubled: live.length - known.length,
    wrongGrants: live.filter(({ grant }) => grant.permissions.toSorted().join(" ") !== declared).length,
    deadSecrets: tokens.filter(({ status }) => status === "rejected").length,
    pendingOperations: state.pendingOperations,
  };
}
