import assert from "node:assert/strict";
import { AccessClient } from "xtremepush-access";
import { Progress } from "../../../environments/src/pulumi/progress";
import { HeldLock } from "../../../environments/src/run/held-lock";
import { StopSignal } from "../../../environments/src/run/stop-signal";
import { type ListeningApp, listenOn, startTestBackend, type TestBackend } from "../../support/backend/backend";

const ADDRESS = { project: "acme", program: "programs", name: "pr-1" };
const RUN = { run: "run-held01", host: "laptop", processId: 7, command: "up" };
const OTHER = { ...RUN, run: "run-other1", host: "elsewhere" };

describe("a run that holds a lock", function () {
  this.timeout(60_000);
  let backend: TestBackend;
  let replica: ListeningApp;
  let access: AccessClient;
  let time = Date.parse("2030-05-01T12:00:00.000Z");

  before(async () => {
    backend = await startTestBackend({ clock: () => new Date(time) });
    access = new AccessClient({ endpoint: backend.endpoint, token: backend.adminToken });
    await access.projects.create({ slug: "acme" });
  });
  beforeEach(async () => {
    replica = await listenOn(backend.database, { clock: () => new Date(time) });
    await access.environments.put(ADDRESS, { ttl: null });
  });
  afterEach(async () => {
    await replica.close();
    await backend.database.db.deleteFrom("environments").execute();
  });
  after(() => backend.close());

  const lines: string[] = [];

  /** Holds the lock by way of the replica, with the clock of the test. */
  async function hold(): Promise<HeldLock & AsyncDisposable> {
    const stop = new StopSignal();
    const own = new AccessClient({ endpoint: replica.endpoint, token: backend.adminToken, maxRetries: 0 });
    const environment = await own.environments.lock(ADDRESS, RUN);
    const lock = new HeldLock({
      ...{ access: own, address: ADDRESS, environment, run: RUN.run, isNew: false, isLate: false, deadRuns: [], stop },
      ...{ progress: new Progress({ write: (line) => lines.push(line.trimEnd()) }), now: () => time },
    });
    return Object.assign(lock, {
      async [Symbol.asyncDispose]() {
        await lock.release(false);
        stop.close();
      },
    });
  }

  it("goes on, and reports again when its last report is old", async () => {
    await using lock = await hold();
    time += 50_000;

    await lock.assertHeld();

    const { seenTime } = (await access.environments.get(ADDRESS)).lock ?? {};
    assert.equal(seenTime, new Date(time).toISOString());
  });

  it("stops before its next step when another run has the lock", async () => {
    await using lock = await hold();
    time += 60_000;
    await access.environments.lock(ADDRESS, OTHER);

    await assert.rejects(lock.assertHeld(), {
      message:
        /^this run has lost the lock of "pr-1": admin on elsewhere \(process 7\) since 2030-\S+ has it now; start/,
    });
  });

  it("stops before its next step when the backend has not answered for a minute", async () => {
    await using lock = await hold();
    await replica.close();
    time += 59_000;
    await lock.assertHeld();
    time += 1_000;

    await assert.rejects(lock.assertHeld(), {
      message: /^the backend has not answered for a minute, so another run may/,
    });
  });

  it("leaves the lock to its end when it cannot give it back, and says so", async () => {
    const lock = await hold();
    await replica.close();

    await lock.release(true);

    assert.match(lines.at(-1) ?? "", /^the lock of "pr-1" could not be given back, and ends in a minute: /);
    await lock[Symbol.asyncDispose]();
  });
});
