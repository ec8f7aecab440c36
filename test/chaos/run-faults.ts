import type { OwnPostgres } from "../support/backend/own-postgres";
import { freePort } from "../support/process/free-port";
import { ADMIN_TOKEN, type Data, isRunning, startBackend } from "./backends";
import type { Outcome } from "./outcome";
import type { Pauses } from "./pauses";
import type { ServerFault } from "./server-faults";
import { Traffic } from "./traffic";

export const LOAD = { writers: 8, readers: 8 } as const;
const STOP_LOAD = { writers: 16, readers: 4, untilRefused: true } as const;

/** Makes one fault of a server under traffic; the backend has to go on. */
export async function underServerFault(
  fault: string,
  make: ServerFault,
  { server, data, pauses }: { server: OwnPostgres; data: Data; pauses: Pauses },
): Promise<Outcome> {
  const backend = await startBackend(data);
  const traffic = new Traffic(ADMIN_TOKEN);
  await traffic.prepare(backend.endpoint);
  traffic.start(backend.endpoint, LOAD);
  const recoveries = await make({ server, traffic, pauses });
  await traffic.end();
  const ended = isRunning(backend) ? [] : ["the backend is gone"];
  const outcome = await outcomeOf(fault, { traffic, endpoint: backend.endpoint, recoveries, ended });
  await backend.stop("SIGTERM");
  // The process goes on, so that a connection that is refused is as wrong as one that is reset.
  const refused = Array.from({ length: traffic.refused }, () => "a connection was refused");
  return withZero(outcome, "sent requests reset", [...traffic.reset, ...refused]);
}

/** Kills an embedded backend under traffic, and starts it again at the same port. */
export async function underKills(times: number, data: Data, pauses: Pauses): Promise<Outcome> {
  const port = String(await freePort());
  let backend = await startBackend(data, port);
  const { endpoint } = backend;
  const traffic = new Traffic(ADMIN_TOKEN);
  await traffic.prepare(endpoint);
  traffic.start(endpoint, LOAD);
  const recoveries: number[] = [];
  const ended: string[] = [];
  for (let kill = 1; kill <= times; kill++) {
    await traffic.succeeds(20);
    await pauses.next();
    if ((await backend.stop("SIGKILL")) !== null) ended.push(`before kill ${kill}`);
    backend = await startBackend(data, port);
    recoveries.push(await traffic.recovers());
  }
  await traffic.end();
  if (!isRunning(backend)) ended.push("after the last kill");
  const outcome = await outcomeOf(`${times} SIGKILLs`, { traffic, endpoint, recoveries, ended });
  await backend.stop("SIGTERM");
  // A kill resets what is under way.
  return outcome;
}

/** Stops a backend under writers, again and again. */
export async function underStops(times: number, data: Data, pauses: Pauses): Promise<Outcome> {
  const traffic = new Traffic(ADMIN_TOKEN);
  const ended: string[] = [];
  let backend = await startBackend(data);
  await traffic.prepare(backend.endpoint);
  for (let stop = 1; stop <= times; stop++) {
    traffic.start(backend.endpoint, STOP_LOAD);
    await traffic.succeeds(100);
    await pauses.next();
    const code = await backend.stop("SIGTERM");
    if (code !== 0) ended.push(`stop ${stop} ended with ${code}`);
    await traffic.isRefused();
    backend = await startBackend(data);
  }
  const { endpoint } = backend;
  const outcome = await outcomeOf(`${times} stops`, { traffic, endpoint, recoveries: [], ended });
  await backend.stop("SIGTERM");
  return withZero(outcome, "sent requests reset", traffic.reset);
}

interface Ended {
  readonly traffic: Traffic;
  readonly endpoint: string;
  readonly recoveries: readonly number[];
  readonly ended: readonly string[];
}

export async function outcomeOf(fault: string, { traffic, endpoint, recoveries, ended }: Ended): Promise<Outcome> {
  const missing = await traffic.missing(endpoint);
  return {
    fault,
    requests: traffic.requests,
    unavailable: traffic.unavailable,
    firstSuccessMs: recoveries.length === 0 ? null : Math.max(...recoveries),
    zeros: {
      "acknowledged writes missing": missing.writes,
      "audit rows missing": missing.auditRows,
      "processes ended unasked": ended,
      "answers not the API's own": traffic.foreign,
      "sent requests reset": [],
      "requests that a migration kept waiting": [],
    },
  };
}

export function withZero(outcome: Outcome, zero: keyof Outcome["zeros"], lines: readonly string[]): Outcome {
  return { ...outcome, zeros: { ...outcome.zeros, [zero]: lines } };
}
