import { Client } from "pg";
import { AccessClient } from "xtremepush-access";
import { makeSecret } from "../../../backend/src/credentials/secrets";
import { CHANNEL } from "../../../backend/src/database/notifications";
import { parseGatewayFile } from "../../../gateway/src/file/read-gateway-file";
import { type RunningGateway, startGateway } from "../../../gateway/src/server/start";
import { type Balancer, startBalancer } from "../backend/balancer";
import { type BackendProcess, startBackendProcess } from "../backend/command-line";
import { makePostgresDatabase } from "../backend/postgres";
import { temporaryFolder } from "../process/temporary-folder";
import { until } from "../process/until";
import { ExternalApiStandIn } from "./external-api";
import { APP_TOKEN } from "./running-gateway";

/** Which of the two backends. */
export type Side = 0 | 1;

/** Two backends, each a process of its own, on one PostgreSQL, and gateways that follow them through balancers. */
export interface Edge {
  readonly backends: readonly [AccessClient, AccessClient];
  readonly endpoints: readonly string[];
  readonly gateways: readonly RunningGateway[];
  /** What goes wrong. */
  readonly faults: {
    /** Ends the connections that listen for notifications; they come back after a second. */
    loseNotifications(): Promise<void>;
    /** Cuts all connections from gateways to backends. */
    cutFeeds(): Promise<void>;
    /** Kills a backend (SIGKILL). @returns what starts it again, with the gateways spread as before. */
    kill(side: Side): Promise<() => Promise<void>>;
    /** Lets every gateway read a new snapshot, as after a restore of the database. */
    renewSnapshots(): Promise<void>;
  };
  close(): Promise<void>;
}

/** Starts everything; of the gateways, the second prefers the second backend, and the others the first. */
export async function startEdge(gatewayCount: number): Promise<Edge> {
  const { url } = await makePostgresDatabase();
  const adminToken = makeSecret("xpat");
  const env = {
    DATABASE_URL: url,
    XTREMEPUSH_ACCESS_ADMIN_TOKEN: adminToken,
    XTREMEPUSH_ACCESS_ISSUER: "https://access.example.com",
    XTREMEPUSH_ACCESS_REQUEST_LIMIT: "1000000",
    XTREMEPUSH_ACCESS_TOKEN_LIMIT: "1000000",
  };
  const startBackend = (port = "0") => startBackendProcess(["--port", port], { env });
  const processes: [BackendProcess, BackendProcess] = [await startBackend(), await startBackend()];
  const ports = processes.map(({ endpoint }) => Number(new URL(endpoint).port));
  const clientOf = ({ endpoint }: BackendProcess) => new AccessClient({ endpoint, token: adminToken });
  const backends = [clientOf(processes[0]), clientOf(processes[1])] as const;
  await backends[0].projects.create({ slug: "retail" });
  const { token } = await backends[0].actors.create({ name: "edge", role: "gateway", projects: ["retail"] });
  const upstream = await ExternalApiStandIn.start(APP_TOKEN);
  const balancers: Balancer[] = [];
  const gateways: RunningGateway[] = [];
  for (let number = 0; number < gatewayCount; number += 1) {
    const balancer = await startBalancer(() => (number % 2 === 0 ? ports : ports.toReversed()));
    balancers.push(balancer);
    gateways.push(await startOn(balancer, { upstream, token }));
  }
  const database = new Client({ connectionString: url });
  await database.connect();
  const cutFeeds = async () => {
    for (const balancer of balancers) balancer.cut();
  };
  return {
    backends,
    endpoints: processes.map(({ endpoint }) => endpoint),
    gateways,
    faults: {
      loseNotifications: async () => {
        const end =
          "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query = $1";
        await until(async () => ((await database.query(end, [`listen ${CHANNEL}`])).rowCount ?? 0) > 0, 20_000);
      },
      cutFeeds,
      kill: async (side) => {
        await processes[side].stop("SIGKILL");
        return async () => {
          processes[side] = await startBackend(String(ports[side]));
          await cutFeeds();
        };
      },
      renewSnapshots: async () => {
        await database.query("update backend set epoch = epoch + 1");
      },
    },
    close: async () => {
      for (const gateway of gateways) await gateway.close();
      for (const balancer of balancers) await balancer.close();
      for (const each of processes) await each.stop("SIGKILL");
      await database.end();
      await upstream.close();
    },
  };
}

async function startOn(
  { endpoint }: Balancer,
  { upstream, token }: { readonly upstream: ExternalApiStandIn; readonly token: string },
): Promise<RunningGateway> {
  const file = parseGatewayFile(
    `version: 1
listen: { port: 0 }
backend: { endpoint: "${endpoint}", token: { variable: XTREMEPUSH_TOKEN } }
projects: { retail: { upstream: "${upstream.endpoint}", appToken: { variable: APP_TOKEN } } }`,
    "gateway.yaml",
  );
  const environment = { XTREMEPUSH_TOKEN: token, APP_TOKEN };
  const gateway = await startGateway(file, { folder: temporaryFolder(), environment, log: { level: "silent" } });
  await until(async () => (await fetch(`${gateway.endpoint}/readyz`)).ok, 20_000);
  return gateway;
}
