import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { AccessClient } from "xtremepush-access";
import { EnvironmentFailure } from "../../../environments/src/environment-failure";
import { ownProcess } from "../../../environments/src/process-identity";
import { Progress } from "../../../environments/src/pulumi/progress";
import { type LockRequest, withLock } from "../../../environments/src/run/environment-lock";
import { startTestBackend, type TestBackend } from "../../support/backend/backend";

const ADDRESS = { project: "acme", program: "programs", name: "pr-1" };
const RECORD = { ttl: "1h", pattern: "pr-*", max: null };
const MINUTE_MS = 60_000;

describe("the lock of an environment", function () {
  this.timeout(60_000);
  let backend: TestBackend;
  let access: AccessClient;
  let now = Date.parse("2030-05-01T12:00:00.000Z");
  let lines: string[];

  before(async () => {
    backend = await startTestBackend({ clock: () => new Date(now) });
    access = new AccessClient({ endpoint: backend.endpoint, token: backend.adminToken });
    await access.projects.create({ slug: "acme" });
  });
  beforeEach(() => {
    lines = [];
  });
  afterEach(() => backend.database.db.deleteFrom("environments").execute());
  after(() => backend.close());

  const request = (more: Partial<LockRequest> = {}): LockRequest => ({
    ...{ access, address: ADDRESS, command: "up", record: RECORD, isRenewed: true, waitMs: 0 },
    progress: new Progress({ write: (line) => lines.push(line.trimEnd()) }),
    ...more,
  });
  const lockNow = async () => (await access.environments.get(ADDRESS)).lock;
  /** Another run, on another machine. */
  const other = { run: "run-other1", host: "elsewhere", processId: 4711, command: "up" };
  const lockOther = async (more = {}) => {
    await access.environments.put(ADDRESS, RECORD);
    await access.environments.lock(ADDRESS, { ...other, ...more });
  };

  it("is there during the work, with who has it, and gone after it", async () => {
    const during = await withLock(request(), async ({ isNew }) => ({ isNew, lock: await lockNow() }));

    const { host, processId } = ownProcess();
    assert.deepEqual(
      [during.isNew, during.lock?.actor, during.lock?.host, during.lock?.processId, during.lock?.command],
      [true, "admin", host, processId, "up"],
    );
    assert.equal(await lockNow(), null);
  });

  it("is missing, and the run says so, where the backend is not known", async () => {
    assert.equal(await withLock(request({ access: null }), async ({ environment }) => environment), null);

    assert.match(lines.join(), /^warning: nothing keeps another run from changing the environment .* XTREMEPUSH_TOKEN/);
  });

  it("is refused where the project is not there or cannot be seen: another run may have it", async () => {
    for (const command of ["deliver", "down", "reap"] as const) {
      const asked = request({ command, address: { ...ADDRESS, project: "hidden" }, record: null, isRenewed: false });
      await assert.rejects(
        withLock(asked, async () => assert.fail()),
        { message: /^the project "hidden" does not exist, or this token may not see it, so nothing is changed/ },
      );
    }
  });

  it("is given back when the work fails", async () => {
    const failing = withLock(request(), async () => {
      throw new Error("the work");
    });

    await assert.rejects(failing, { message: "the work" });
    assert.equal(await lockNow(), null);
  });

  it("leaves the runs that died to the next one after a delivery, which finishes nothing of theirs", async () => {
    await lockOther();
    now += 2 * MINUTE_MS;

    for (const command of ["deliver", "up"] as const) {
      const dead = await withLock(request({ command }), async ({ deadRuns }) => deadRuns.map(({ host }) => host));
      assert.deepEqual(dead, ["elsewhere"]);
    }
    assert.deepEqual((await access.environments.get(ADDRESS)).deadRuns, []);
  });

  it("ends a run that finds another one, with the sentence that says whose it is", async () => {
    await lockOther();

    await assert.rejects(
      withLock(request(), async () => assert.fail()),
      {
        message:
          /^"pr-1" is being changed by admin on elsewhere \(process 4711\) since 2030-\S+, last seen 0 s ago; wait/,
        exitCode: 1,
      },
    );
  });

  it("waits for another run, and says so once", async () => {
    await lockOther();
    const progress = new Progress({
      write(line) {
        lines.push(line);
        void access.environments.unlock(ADDRESS, { run: other.run, finished: true });
      },
    });

    const isLate = await withLock(request({ waitMs: 50_000, progress }), async (lock) => lock.isLate);

    assert.equal(isLate, true);
    assert.deepEqual(lines.length, 1, lines.join("\n"));
    assert.match(lines[0] ?? "", /is being changed by admin on elsewhere/);
  });

  it("is taken over from a run that was not seen for a minute, and the dead run is known", async () => {
    await lockOther();
    now += MINUTE_MS;

    const dead = await withLock(request(), async ({ deadRuns }) => deadRuns.map(({ run }) => run));

    assert.deepEqual(dead, ["run-other1"]);
    assert.match(
      lines[0] ?? "",
      /^the run of admin on elsewhere \(process 4711\) has died, last seen 2030-\S+: its lock/,
    );
    assert.deepEqual((await access.environments.get(ADDRESS)).deadRuns, [], "this run has finished");
  });

  it("counts a dead run as recent when it was seen ten minutes ago at most, or its lock was just taken over", async () => {
    const recent = () =>
      withLock(request({ command: "deliver" }), async ({ deadRuns }) => deadRuns.map((run) => run.isRecent));
    await lockOther();
    now += 60 * MINUTE_MS;

    assert.deepEqual(await recent(), [true], "this run has taken its lock over");
    assert.equal(lines.length, 1);
    assert.deepEqual(await recent(), [false], "an old one");
    assert.equal(lines.length, 1, "its lock was not taken over now");
    await lockOther({ run: "run-other2" });
    now += 2 * MINUTE_MS;
    assert.deepEqual(await recent(), [true, false]);
    assert.deepEqual(await recent(), [true, false], "seen two minutes ago");
  });

  it("that a `down` takes over is known, too", async () => {
    await lockOther();
    now += 60 * MINUTE_MS;

    const down = request({ command: "down", isRenewed: false });
    assert.deepEqual(await withLock(down, async ({ deadRuns }) => deadRuns.map(({ isRecent }) => isRecent)), [true]);
  });

  it("is taken over at once from a process of this machine that has ended", async () => {
    const own = ownProcess();
    const child = spawn("sleep", ["60"]);
    const { pid = 0 } = child;
    const identity = own.process?.replace(/\S+$/, "1") ?? null;
    await lockOther({ ...own, processId: pid, process: identity });
    child.kill("SIGKILL");
    await once(child, "exit");

    assert.equal(await withLock(request(), async ({ deadRuns }) => deadRuns.length), own.process === null ? 0 : 1);
  });

  it("is not taken from a live process of this machine", async () => {
    await lockOther(ownProcess());

    await assert.rejects(
      withLock(request(), async () => assert.fail()),
      { message: /is being changed by/ },
    );
  });

  it("goes with the record when nothing is left of the environment", async () => {
    await withLock(request({ command: "down", isRenewed: false }), (lock) => lock.remove());

    await assert.rejects(access.environments.get(ADDRESS), { code: "environment_not_found" });
  });

  it("is not needed for an environment that neither the state nor the backend knows", async () => {
    const nothing = request({ command: "down", record: null, isRenewed: false });

    assert.equal(await withLock(nothing, async ({ environment }) => environment), null);
  });

  it("is refused above the most that there may be of a pattern", async () => {
    await access.environments.put({ ...ADDRESS, name: "pr-0" }, { ...RECORD, pattern: "pr-*" });

    await assert.rejects(
      withLock(request({ record: { ...RECORD, max: 1 } }), async () => assert.fail()),
      {
        message: 'pr-* already has 1 environment, and may have 1; take one down before you set up "pr-1"',
        exitCode: 1,
      },
    );
    await access.environments.delete({ ...ADDRESS, name: "pr-0" });
  });

  it("is given back on SIGTERM before the next step", async () => {
    const stopped = withLock(request(), async (lock) => {
      // Other listeners, as those of a database of the tests, end the process.
      process.listeners("SIGTERM").at(-1)?.("SIGTERM");
      await lock.assertHeld();
    });

    await assert.rejects(stopped, { message: "stopped by SIGTERM; the same command goes on from here" });
    assert.equal(await lockNow(), null);
  });

  it("says that the signal ended the run, and not what the command that it ended says", async () => {
    const stopped = withLock(request(), async () => {
      process.listeners("SIGTERM").at(-1)?.("SIGTERM");
      throw new EnvironmentFailure("`down pr-1` failed: Pulumi gives no reason (SIGINT)");
    });

    await assert.rejects(stopped, { message: "stopped by SIGTERM; the same command goes on from here" });
  });
});
