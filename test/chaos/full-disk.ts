import { setTimeout as wait } from "node:timers/promises";
import { type BackendProcess, runCommand } from "../support/backend/command-line";
import { freePort } from "../support/process/free-port";
import { SmallDisk } from "../support/process/small-disk";
import { ADMIN_TOKEN, type Data, environmentOf, isRunning, startBackend } from "./backends";
import type { Outcome } from "./outcome";
import type { Pauses } from "./pauses";
import { LOAD, outcomeOf, withZero } from "./run-faults";
import { Traffic } from "./traffic";

const DISK_MIB = 320;
/** Less than a change needs. */
const SHORT_MIB = 20;
const REFUSED = 50;

/**
 * Fills the disk of an embedded backend under traffic, twice: it refuses changes, and goes on when there is space. Then it is
 * stopped on a disk without a free byte, refuses to start there, and starts when there is space.
 */
export async function underFullDisk(pauses: Pauses): Promise<Outcome> {
  const disk = await SmallDisk.make(DISK_MIB);
  try {
    return await fillUnderTraffic(disk, pauses);
  } finally {
    await disk.close();
  }
}

async function fillUnderTraffic(disk: SmallDisk, pauses: Pauses): Promise<Outcome> {
  const data: Data = { env: { XTREMEPUSH_ACCESS_DATA_DIR: `${disk.folder}/data` }, wrap: disk.wrap };
  const port = String(await freePort());
  const backend = await startBackend(data, port);
  const { endpoint } = backend;
  const traffic = new Traffic(ADMIN_TOKEN);
  await traffic.prepare(endpoint);
  traffic.start(endpoint, LOAD);
  const recoveries: number[] = [];
  const wrong: string[] = [];
  for (let time = 1; time <= 2; time++) {
    await traffic.succeeds(50);
    await pauses.next();
    disk.fill(SHORT_MIB);
    await traffic.fails(REFUSED);
    wrong.push(...(await wrongWhileFull(endpoint)));
    disk.free();
    recoveries.push(await traffic.recovers());
  }
  await traffic.end();
  const ended = await restartOnFullDisk({ backend, disk, data });
  const again = await startBackend(data, port);
  const outcome = await outcomeOf("a full disk", { traffic, endpoint, recoveries, ended });
  await again.stop("SIGTERM");
  const foreign = [...traffic.foreign, ...wrong];
  return withZero(withZero(outcome, "answers not the API's own", foreign), "sent requests reset", traffic.reset);
}

/** What a probe and a reader must see on a full disk. */
async function wrongWhileFull(endpoint: string): Promise<string[]> {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
  const read = await fetch(`${endpoint}/v1/projects`, { headers });
  const ready = await fetch(`${endpoint}/readyz`);
  const reason = await ready.text();
  const isReasonTrue = ready.status === 503 && /has \d+ MiB free, and a change needs 32/.test(reason);
  return [
    ...(read.status === 200 ? [] : [`a read on a full disk: ${read.status} ${await read.text()}`]),
    ...(isReasonTrue ? [] : [`/readyz on a full disk: ${ready.status} ${reason}`]),
  ];
}

/** The lock of the folder may already find no space. */
const START_REFUSED = /^The (disk of \S+ has \d+ MiB free|file \S+ cannot be read or written).*: free some.*\.\n$/;

interface Restart {
  readonly backend: BackendProcess;
  readonly disk: SmallDisk;
  readonly data: Data;
}

/** Answers what ended as it should not. */
async function restartOnFullDisk({ backend, disk, data }: Restart): Promise<string[]> {
  const ended = isRunning(backend) ? [] : ["the backend is gone"];
  disk.fill(0);
  await wait(1_000);
  const stopped = await backend.stop("SIGTERM");
  if (stopped !== 0) ended.push(`the stop on a full disk ended with ${stopped}: ${backend.log().slice(-500)}`);
  const { code, stderr } = await runCommand(["start", "--port", "0"], { ...data, env: environmentOf(data) });
  if (code !== 1 || !START_REFUSED.test(stderr)) {
    ended.push(`the start on a full disk ended with ${code}: ${stderr}`);
  }
  disk.free();
  return ended;
}
