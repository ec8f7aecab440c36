import { VARIABLES } from "../backend/src/process/settings";
import { BackendProcess, runBackendCommand } from "../scripts/demo/backend-process";
import { GrowingData } from "./growing-data";
import { GROWTH_CALLS, type GrowthCall, GrowthRequests, isListing } from "./growth-requests";
import { load } from "./load";
import { startPostgres } from "./postgres";
import { quantile } from "./statistics";

export interface GrowthPlan {
  /** Clients in the tables, ascending. */
  readonly sizes: readonly number[];
  /** Each call is measured this often at each size, for so many seconds. */
  readonly slices: number;
  readonly seconds: number;
}

/** Times in milliseconds: the medians of the slices. */
export interface Times {
  readonly median: number;
  readonly slow: number;
}

/** What was measured with so many clients in the tables. */
export interface GrownTimes {
  readonly clients: number;
  readonly calls: ReadonlyMap<GrowthCall, Times>;
  /** The slowest listing, and tokens while 16 of them run all the time. */
  readonly worst: GrowthCall;
  readonly tokensBeside: Times;
}

export type GrowthFindings = readonly GrownTimes[];

/** So few that the cores are not the limit: what grows must be the database's work. */
const CONNECTIONS = 4;
const LISTS_BESIDE = 16;

/** Measures the calls of a backend on a PostgreSQL server of its own while its tables grow. */
export async function measureGrowth(growth: {
  readonly plan: GrowthPlan;
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly report: (line: string) => void;
}): Promise<GrowthFindings> {
  const { plan, folder, environment, report } = growth;
  const adminToken = (await runBackendCommand(["token", "generate"], {})).trim();
  const server = await startPostgres();
  try {
    const backend = await BackendProcess.start({
      folder,
      environment: {
        ...environment,
        [VARIABLES.adminToken]: adminToken,
        [VARIABLES.databaseUrl]: server.url,
      },
    });
    const { endpoint } = backend;
    const requests = new GrowthRequests({ endpoint, token: adminToken });
    await requests.prepare();
    const data = await GrowingData.open(server.url);
    const found: GrownTimes[] = [];
    for (const clients of plan.sizes) {
      report(`${clients} clients: filling`);
      await data.growTo(clients);
      report(`${clients} clients: measuring`);
      await requests.renewTokens();
      found.push({ clients, ...(await measureCalls({ plan, endpoint, requests })) });
    }
    await data.close();
    await backend.stop();
    return found;
  } finally {
    await server.stop();
  }
}

interface Measured {
  readonly plan: GrowthPlan;
  readonly endpoint: string;
  readonly requests: GrowthRequests;
}

async function measureCalls(measured: Measured): Promise<Omit<GrownTimes, "clients">> {
  const calls = new Map<GrowthCall, Times>();
  for (const call of GROWTH_CALLS) calls.set(call, await measure(measured, call));
  const slowOf = (call: GrowthCall) => calls.get(call)?.slow ?? 0;
  const worst = GROWTH_CALLS.filter(isListing).reduce((one, other) => (slowOf(other) > slowOf(one) ? other : one));
  return { calls, worst, tokensBeside: await measureBeside(measured, worst) };
}

async function measure({ plan, endpoint, requests }: Measured, call: GrowthCall): Promise<Times> {
  const request = () => requests.next(call);
  const run = (seconds: number) => load({ endpoint, connections: CONNECTIONS, seconds, request });
  await run(plan.seconds / 3);
  const slices: Times[] = [];
  for (let slice = 0; slice < plan.slices; slice++) {
    const { times } = await run(plan.seconds);
    slices.push({ median: quantile(times, 0.5), slow: quantile(times, 0.99) });
  }
  // Another program that takes a core for a moment spoils one slice.
  const middle = (of: (times: Times) => number) => quantile(slices.map(of), 0.5);
  return { median: middle(({ median }) => median), slow: middle(({ slow }) => slow) };
}

async function measureBeside(measured: Measured, listing: GrowthCall): Promise<Times> {
  const { plan, endpoint, requests } = measured;
  const seconds = plan.seconds * (plan.slices + 1);
  const listings = load({ endpoint, connections: LISTS_BESIDE, seconds, request: () => requests.next(listing) });
  const [tokens] = await Promise.all([measure(measured, "token"), listings]);
  return tokens;
}
