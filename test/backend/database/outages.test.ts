import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { makeSecret } from "../../../backend/src/credentials/secrets";
import { assertProblem, type Call, callerOf } from "../../support/backend/api";
import { type BackendProcess, killBackendProcesses, startBackendProcess } from "../../support/backend/command-line";
import { type OwnPostgres, startOwnPostgres } from "../../support/backend/own-postgres";
import { Writers } from "../../support/backend/writers";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";

/** Each of these stops, cuts or changes its server, which is therefore one of its own. */
describe("a backend whose PostgreSQL server", function () {
  this.timeout(120_000);
  const adminToken = makeSecret("xpat");
  let server: OwnPostgres;
  let backend: BackendProcess;
  let writers: Writers;

  before(async () => {
    server = await startOwnPostgres();
  });
  after(() => server.close());

  beforeEach(async () => {
    backend = await startBackendProcess([], {
      env: {
        DATABASE_URL: server.url,
        XTREMEPUSH_ACCESS_ADMIN_TOKEN: adminToken,
        XTREMEPUSH_ACCESS_REQUEST_LIMIT: "1000000",
      },
    });
    writers = new Writers(backend.endpoint, adminToken);
    await writers.prepare();
  });

  afterEach(async () => {
    await writers.end();
    assert.equal(await backend.stop("SIGTERM"), 0);
    killBackendProcesses();
  });

  it("cuts connections in use goes on, with 503 and nothing else, and keeps every acknowledged write", async () => {
    writers.start(8);

    for (let cut = 1; cut <= 10; cut++) {
      await writers.succeeds(10);
      await server.cutConnections();
    }

    await writers.succeeds(20);
    await writers.end();
    assert.deepEqual(writers.unexpected, []);
    assert.deepEqual(await writers.missing(), []);
  });

  for (const how of ["fast", "immediate"] as const) {
    it(`is stopped in the ${how} way and started again comes back by itself`, async () => {
      writers.start(8);
      await writers.succeeds(20);

      await server.restart(how, 1_000);

      await writers.succeeds(20);
      await writers.end();
      assert.deepEqual(writers.unexpected, []);
      assert.ok(writers.unavailable > 0);
      assert.deepEqual(await writers.missing(), []);
    });
  }

  it("ends a connection that is lent and waits for nothing does not end the process", async () => {
    await server.run("alter database access set idle_in_transaction_session_timeout = 1");
    await server.cutConnections();
    writers.start(8);

    await wait(500);

    await server.run("alter database access reset idle_in_transaction_session_timeout");
    await server.cutConnections();
    await writers.succeeds(10);
  });
});

describe("a backend beside other users of its PostgreSQL server", function () {
  this.timeout(60_000);
  const adminToken = makeSecret("xpat");
  let server: OwnPostgres;
  let backend: BackendProcess;
  let admin: Call;
  let writers: Writers;

  // Of its own, because roles and settings of the whole server are changed.
  before(async () => {
    server = await startOwnPostgres();
    await server.run("create role serve login password 'first'", "alter database access owner to serve");
    const address = new URL(server.url);
    [address.username, address.password] = ["serve", "first"];
    const env = {
      DATABASE_URL: address.href,
      XTREMEPUSH_ACCESS_ADMIN_TOKEN: adminToken,
      XTREMEPUSH_ACCESS_REQUEST_LIMIT: "1000000",
    };
    backend = await startBackendProcess([], { env });
    admin = callerOf(backend.endpoint, adminToken);
    writers = new Writers(backend.endpoint, adminToken);
    await writers.prepare();
  });
  afterEach(() => writers.end());
  after(async () => {
    assert.equal(await backend.stop("SIGTERM"), 0);
    killBackendProcesses();
    await server.close();
  });

  for (const isolation of ["serializable", "repeatable read"]) {
    it(`answers every write under default_transaction_isolation = ${isolation}`, async () => {
      await server.run(`alter database access set default_transaction_isolation = '${isolation}'`);
      await server.cutConnections();
      await wait(100);
      const before = writers.unavailable;
      writers.start(8);

      await writers.succeeds(150);

      await writers.end();
      assert.deepEqual([writers.unexpected, writers.unavailable - before], [[], 0]);
    });
  }

  it("shares the connections that it gets when its role may have fewer than it asks for", async () => {
    await server.run("alter role serve connection limit 3");
    await server.cutConnections();
    await wait(100);
    const before = writers.unavailable;
    writers.start(16);

    await writers.succeeds(100);

    await writers.end();
    await server.run("alter role serve connection limit -1");
    assert.deepEqual(writers.unexpected, []);
    assert.equal(writers.unavailable - before, 0);
  });

  it("answers 503 and says once what to do when its password was changed, until it fits again", async () => {
    await server.run("alter role serve password 'second'");
    await server.cutConnections();
    await wait(1_100);

    const answers = await Promise.all([admin("GET /readyz"), admin("GET /v1/projects"), admin("GET /v1/projects")]);

    for (const answer of answers) assertProblem(answer, "unavailable");
    const advice = backend
      .log()
      .split("\n")
      .filter((line) => /check its name and password/.test(line));
    assert.equal(advice.length, 1);
    await server.run("alter role serve password 'first'");
    assert.equal((await admin("GET /v1/projects")).status, 200);
  });
});

describe("a backend whose password is in the file of PGPASSFILE", function () {
  this.timeout(60_000);
  after(() => {
    killBackendProcesses();
    removeTemporaryFolders();
  });

  it("uses the next password of the file without a restart", async () => {
    const server = await startOwnPostgres();
    await server.run("create role serve login password 'first'", "alter database access owner to serve");
    const file = join(temporaryFolder(), "pgpass");
    const write = (password: string) => writeFileSync(file, `*:*:*:serve:${password}\n`, { mode: 0o600 });
    write("first");
    const address = new URL(server.url);
    [address.username, address.password] = ["serve", ""];
    const adminToken = makeSecret("xpat");
    const env = { DATABASE_URL: address.href, PGPASSFILE: file, XTREMEPUSH_ACCESS_ADMIN_TOKEN: adminToken };
    const backend = await startBackendProcess([], { env });
    const admin = callerOf(backend.endpoint, adminToken);

    await server.run("alter role serve password 'second'");
    await server.cutConnections();
    await wait(100);
    const before = await admin("GET /v1/projects");
    write("second");
    const after = await admin("GET /v1/projects");

    assertProblem(before, "unavailable");
    assert.equal(after.status, 200);
    assert.equal(await backend.stop("SIGTERM"), 0);
    await server.close();
  });
});

describe("the readiness of a backend", function () {
  this.timeout(60_000);

  it("ends while its server takes no changes, and writes answer 503", async () => {
    const server = await startOwnPostgres();
    const adminToken = makeSecret("xpat");
    const env = { DATABASE_URL: server.url, XTREMEPUSH_ACCESS_ADMIN_TOKEN: adminToken };
    const backend = await startBackendProcess([], { env });
    const admin = callerOf(backend.endpoint, adminToken);
    assert.equal((await admin("GET /readyz")).status, 200);

    await server.run("alter database access set default_transaction_read_only = on");
    await server.cutConnections();
    await wait(1_100);
    const ready = await admin("GET /readyz");
    const write = await admin("POST /v1/projects", { body: { slug: "retail" } });
    const read = await admin("GET /v1/projects");

    assertProblem(ready, "unavailable");
    assert.equal(assertProblem(write, "unavailable").detail.includes("takes no changes"), true);
    assert.equal(write.headers.get("retry-after"), "5");
    assert.equal(read.status, 200);

    await server.run("alter database access reset default_transaction_read_only");
    await wait(1_100);
    assert.equal((await admin("POST /v1/projects", { body: { slug: "retail" } })).status, 201);
    assert.equal((await admin("GET /readyz")).status, 200);

    assert.equal(await backend.stop("SIGTERM"), 0);
    await server.close();
  });
});
