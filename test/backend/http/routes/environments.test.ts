import assert from "node:assert/strict";
import { Environment, EnvironmentPage } from "xtremepush-access/schemas";
import { assertProblem, type Call, callerOf } from "../../../support/backend/api";
import { startTestBackend, type TestBackend } from "../../../support/backend/backend";

const NOON = Date.parse("2030-05-01T12:00:00.000Z");
const PUT = { ttl: "72h", pattern: "pr-*" };
const lockOf = (run: string, more = {}) => ({ run, host: "runner-1", processId: 4711, command: "up", ...more });

describe("the routes of environments", function () {
  this.timeout(30_000);
  let backend: TestBackend;
  let admin: Call;
  let now = NOON;
  let made = 0;

  before(async () => {
    backend = await startTestBackend({ clock: () => new Date(now) });
    admin = callerOf(backend.endpoint, backend.adminToken);
    for (const slug of ["web", "shop"]) await admin("POST /v1/projects", { body: { slug } });
  });
  beforeEach(() => {
    now = NOON;
  });
  after(() => backend.close());

  /** The path of a new environment of a program of its own. */
  const newPath = () => {
    made += 1;
    return `/v1/projects/web/environments/program-${made}/pr-1`;
  };
  const makeOne = async () => {
    const path = newPath();
    await admin(`PUT ${path}`, { body: PUT });
    return path;
  };
  const actionsOf = async (path: string) => {
    const [program, name] = path.split("/").slice(-2);
    const { body } = await admin("GET /v1/projects/web/audit?limit=1000");
    return body.items
      .filter(({ target }: { target: { id: string } }) => target.id === `${program}/${name}`)
      .map(({ action }: { action: string }) => action)
      .reverse();
  };

  it("make an environment, and start its time to live again with each put", async () => {
    const path = newPath();

    const first = await admin(`PUT ${path}`, { body: PUT });
    now += 3_600_000;
    const second = await admin(`PUT ${path}`, { body: PUT });

    assert.deepEqual([first.body.made, second.body.made], [true, false]);
    assert.equal(first.body.expiresTime, "2030-05-04T12:00:00.000Z");
    assert.equal(second.body.expiresTime, "2030-05-04T13:00:00.000Z");
    const read = Environment.parse((await admin(`GET ${path}`)).body);
    assert.deepEqual(
      [read.createdBy, read.createdTime, read.updatedTime, read.pattern, read.lock, read.deadRuns],
      ["admin", "2030-05-01T12:00:00.000Z", "2030-05-01T13:00:00.000Z", "pr-*", null, []],
    );
    assert.deepEqual(await actionsOf(path), ["environment.create"]);
  });

  it("record that an environment which stays gets an end, and another pattern", async () => {
    const path = newPath();
    await admin(`PUT ${path}`, { body: { ttl: null } });

    for (const body of [{ ttl: null }, { ttl: "1h" }, { ttl: "2h" }, PUT]) await admin(`PUT ${path}`, { body });

    assert.deepEqual(await actionsOf(path), ["environment.create", "environment.update", "environment.update"]);
  });

  it("refuse a time to live that is not one, and names that are not valid", async () => {
    for (const ttl of ["soon", "9999999d", 3]) {
      assertProblem(await admin(`PUT ${newPath()}`, { body: { ttl } }), "validation_failed");
    }
    assertProblem(await admin("GET /v1/projects/web/environments/p%20q/pr-1"), "validation_failed");
    assertProblem(await admin("GET /v1/projects/web/environments/program/-pr"), "validation_failed");
  });

  it("report by the clock of the backend that a time to live is over", async () => {
    const path = await makeOne();
    const expiredAt = async (time: number) => {
      now = time;
      return (await admin(`GET ${path}`)).body.expired;
    };

    assert.equal(await expiredAt(NOON + 72 * 3_600_000 - 1), false);
    assert.equal(await expiredAt(NOON + 72 * 3_600_000), true);
  });

  it("list the environments of the projects that the actor sees, those that end first in front", async () => {
    const list = "environments/listed";
    await admin(`PUT /v1/projects/web/${list}/stays`, { body: { ttl: null } });
    await admin(`PUT /v1/projects/shop/${list}/later`, { body: { ttl: "2h" } });
    await admin(`PUT /v1/projects/web/${list}/sooner`, { body: { ttl: "1h" } });
    await admin(`PUT /v1/projects/web/${list}/stays-2`, { body: { ttl: null } });
    const ofWeb = callerOf(backend.endpoint, await backend.makeActor("viewer", ["web"]));
    const namesOf = async (call: Call, address: string) => {
      const names: string[] = [];
      for (let cursor = ""; ; ) {
        const page = EnvironmentPage.parse((await call(`GET ${address}?program=listed&limit=1${cursor}`)).body);
        names.push(...page.items.map(({ name }) => name));
        if (page.nextCursor === null) return names;
        cursor = `&cursor=${page.nextCursor}`;
      }
    };

    assert.deepEqual(await namesOf(admin, "/v1/environments"), ["sooner", "later", "stays", "stays-2"]);
    assert.deepEqual(await namesOf(ofWeb, "/v1/environments"), ["sooner", "stays", "stays-2"]);
    assert.deepEqual(await namesOf(admin, "/v1/projects/shop/environments"), ["later"]);
    assertProblem(await ofWeb("GET /v1/projects/shop/environments"), "project_not_found");
    assertProblem(await admin("GET /v1/projects/nowhere/environments"), "project_not_found");
  });

  it("give the lock to one run, and name it to all others", async () => {
    const path = await makeOne();

    const taken = await admin(`PUT ${path}/lock`, { body: lockOf("run-aaaa1") });
    now += 12_000;
    const refused = assertProblem(await admin(`PUT ${path}/lock`, { body: lockOf("run-bbbb1") }), "environment_locked");

    assert.deepEqual(taken.body.lock, {
      ...lockOf("run-aaaa1", { process: null, actor: "admin", live: true }),
      ...{ sinceTime: "2030-05-01T12:00:00.000Z", seenTime: "2030-05-01T12:00:00.000Z" },
    });
    assert.equal(
      refused.detail,
      '"pr-1" is being changed by admin on runner-1 (process 4711) since 2030-05-01T12:00:00.000Z, last seen 12 s ago; wait until it has ended',
    );
    assert.equal(refused.lock?.run, "run-aaaa1");
    assert.equal(refused.lock?.live, true);
  });

  it("give the lock to one of many that ask at once", async () => {
    const path = await makeOne();
    const runs = Array.from({ length: 10 }, (_, index) => `run-many-${index}`);

    const answers = await Promise.all(runs.map((run) => admin(`PUT ${path}/lock`, { body: lockOf(run) })));

    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, ...Array(9).fill(409)]);
  });

  it("leave the lock to the run that has it when it asks again", async () => {
    const path = await makeOne();
    await admin(`PUT ${path}/lock`, { body: lockOf("run-aaaa2") });
    now += 70_000;

    const again = await admin(`PUT ${path}/lock`, { body: lockOf("run-aaaa2") });

    assert.deepEqual(
      [again.body.lock.sinceTime, again.body.lock.seenTime, again.body.deadRuns],
      ["2030-05-01T12:00:00.000Z", "2030-05-01T12:01:10.000Z", []],
    );
  });

  it("give the lock of a run that was not seen for a minute to one of those that ask", async () => {
    const path = await makeOne();
    await admin(`PUT ${path}/lock`, { body: lockOf("run-dead1") });
    await admin(`POST ${path}/lock/heartbeat`, { body: { run: "run-dead1" } });
    now += 59_999;
    assertProblem(await admin(`PUT ${path}/lock`, { body: lockOf("run-next1") }), "environment_locked");
    now += 1;

    const answers = await Promise.all(
      ["run-next1", "run-next2"].map((run) => admin(`PUT ${path}/lock`, { body: lockOf(run) })),
    );

    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409]);
    const [winner] = answers.filter(({ status }) => status === 200);
    assert.deepEqual(
      winner?.body.deadRuns.map(({ run, host, seenTime }: Record<string, string>) => [run, host, seenTime]),
      [["run-dead1", "runner-1", "2030-05-01T12:00:00.000Z"]],
    );
    assertProblem(await admin(`POST ${path}/lock/heartbeat`, { body: { run: "run-dead1" } }), "lock_lost");
    assert.deepEqual(await actionsOf(path), ["environment.create", "environment.take-over"]);
  });

  it("take the lock at once from a run that the caller knows to be dead, and from no other", async () => {
    const path = await makeOne();
    await admin(`PUT ${path}/lock`, { body: lockOf("run-dead2") });
    const ask = (deadRun: string) => admin(`PUT ${path}/lock`, { body: lockOf("run-next3", { deadRun }) });

    assertProblem(await ask("run-other"), "environment_locked");
    assert.equal((await ask("run-dead2")).body.deadRuns[0].run, "run-dead2");
  });

  it("keep a lock that nobody has taken, however late its run is seen again", async () => {
    const path = await makeOne();
    await admin(`PUT ${path}/lock`, { body: lockOf("run-late1") });
    now += 600_000;

    const { body } = await admin(`POST ${path}/lock/heartbeat`, { body: { run: "run-late1" } });

    assert.deepEqual([body.lock.live, body.lock.seenTime], [true, "2030-05-01T12:10:00.000Z"]);
  });

  it("remember dead runs until a run has finished", async () => {
    const path = await makeOne();
    await admin(`PUT ${path}/lock`, { body: lockOf("run-dead3") });
    const unlock = (run: string, finished: boolean) => admin(`DELETE ${path}/lock?run=${run}&finished=${finished}`);
    const deadAfter = async () => {
      const { lock, deadRuns } = (await admin(`GET ${path}`)).body;
      assert.equal(lock, null);
      return deadRuns.map(({ run }: { run: string }) => run);
    };

    await admin(`PUT ${path}/lock`, { body: lockOf("run-fail1", { deadRun: "run-dead3" }) });
    assert.equal((await unlock("run-fail1", false)).status, 204);
    assert.deepEqual(await deadAfter(), ["run-dead3"]);
    await admin(`PUT ${path}/lock`, { body: lockOf("run-done1") });
    assert.equal((await unlock("run-fail1", true)).status, 204);
    assert.equal((await admin(`GET ${path}`)).body.lock.run, "run-done1", "another run's lock stays");
    await unlock("run-done1", true);
    assert.deepEqual(await deadAfter(), []);
  });

  it("remove an environment for the run that has its lock, and without a run only when nobody has it", async () => {
    const path = await makeOne();
    await admin(`PUT ${path}/lock`, { body: lockOf("run-down1") });

    assertProblem(await admin(`DELETE ${path}`), "environment_locked");
    assertProblem(await admin(`DELETE ${path}?run=run-other1`), "lock_lost");
    assert.equal((await admin(`DELETE ${path}?run=run-down1`)).status, 204);

    assertProblem(await admin(`DELETE ${path}?run=run-down1`), "environment_not_found");
    assertProblem(await admin(`PUT ${path}/lock`, { body: lockOf("run-down2") }), "environment_not_found");
    assert.equal((await admin(`DELETE ${path}/lock?run=run-down1`)).status, 204, "nothing is left to unlock");
    assert.deepEqual(await actionsOf(path), ["environment.create", "environment.delete"]);
  });

  it("make no more environments of a pattern than it may have, also of many at once", async () => {
    const pathOf = (index: number) => `/v1/projects/${index % 2 ? "web" : "shop"}/environments/full/pr-${index}`;
    const put = (index: number) => admin(`PUT ${pathOf(index)}`, { body: { ...PUT, max: 3 } });

    const answers = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(put));

    const made = answers.flatMap(({ status }, index) => (status === 200 ? [index + 1] : []));
    assert.equal(made.length, 3);
    const refused = assertProblem(await put(9), "too_many_environments");
    assert.equal(
      refused.detail,
      'pr-* already has 3 environments, and may have 3; take one down before you set up "pr-9"',
    );
    assert.equal((await put(made[0] ?? 0)).status, 200, "one that is there is put again");
    await admin(`DELETE ${pathOf(made[0] ?? 0)}`);
    assert.equal((await put(9)).status, 200);
  });

  it("let viewers read and editors of the project write", async () => {
    const path = await makeOne();
    const viewer = callerOf(backend.endpoint, await backend.makeActor("viewer", ["web"]));
    const editor = callerOf(backend.endpoint, await backend.makeActor("editor", ["web"]));
    const stranger = callerOf(backend.endpoint, await backend.makeActor("editor", ["shop"]));

    assert.equal((await viewer(`GET ${path}`)).status, 200);
    assertProblem(await viewer(`PUT ${path}`, { body: PUT }), "forbidden");
    assertProblem(await viewer(`PUT ${path}/lock`, { body: lockOf("run-view1") }), "forbidden");
    assertProblem(await stranger(`GET ${path}`), "project_not_found");
    assert.equal((await editor(`PUT ${path}/lock`, { body: lockOf("run-edit1") })).status, 200);
  });
});
