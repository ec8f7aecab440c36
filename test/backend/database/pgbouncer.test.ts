import assert from "node:assert/strict";
import { Client } from "pg";
import { makeSecret } from "../../../backend/src/credentials/secrets";
import { killBackendProcesses, runCommand, startBackendProcess } from "../../support/backend/command-line";
import { makeDocumentedRoles } from "../../support/backend/documented-roles";
import { makeGrantedClient, postForm, tokenForm } from "../../support/backend/oauth";
import { type OwnPostgres, startOwnPostgres } from "../../support/backend/own-postgres";
import { HAS_PGBOUNCER, startDocumentedPgBouncer, startPgBouncer } from "../../support/backend/pgbouncer";
import { Writers } from "../../support/backend/writers";
import { fencedBlock } from "../../support/docs/fenced-block";

const IGNORE = "statement_timeout, lock_timeout, idle_in_transaction_session_timeout";
const SETTINGS = {
  "by transaction": ["pool_mode = transaction"],
  "by transaction, with parameters that it ignores": [
    "pool_mode = transaction",
    `ignore_startup_parameters = ${IGNORE}`,
  ],
  "by session": ["pool_mode = session", "default_pool_size = 25"],
};

describe("a backend before whose database PgBouncer (/usr/sbin/pgbouncer) pools", function () {
  this.timeout(60_000);
  let server: OwnPostgres;

  before(async function () {
    if (!HAS_PGBOUNCER) this.skip();
    // Of its own, so that the locks and connections of other tests stay out of it.
    server = await startOwnPostgres();
  });
  afterEach(killBackendProcesses);
  after(() => server?.close());

  for (const [how, settings] of Object.entries(SETTINGS)) {
    it(`${how}: two replicas start at once, write, and start again`, () => tryPooler(server, settings));
  }

  it("as docs/operations.md sets it up: a replica works as the role that serves, with its time limit of statements", async () => {
    await server.run("drop database access with (force)");
    const { urlOf } = await makeDocumentedRoles(server.url.replace(/access$/, "postgres"));
    const file = fencedBlock("docs/operations.md", "ini", "pool_mode");
    const names = {
      server: "host=db.internal port=5432",
      port: "listen_port = 6432",
      users: "/etc/pgbouncer/userlist.txt",
    };
    const pooler = await startDocumentedPgBouncer(urlOf("access_serve"), file, names);
    const adminToken = makeSecret("xpat");
    const env = { DATABASE_URL: pooler.url, XTREMEPUSH_ACCESS_ADMIN_TOKEN: adminToken };

    const backend = await startBackendProcess([], { env });
    const client = await makeGrantedClient({ ...backend, adminToken }, ["list:profile"]);
    const { status } = await postForm(`${backend.endpoint}/api/oauth/token`, tokenForm(client));
    const connection = new Client({ connectionString: pooler.url });
    await connection.connect();
    const { rows } = await connection.query("show statement_timeout");

    assert.equal(status, 200);
    assert.deepEqual(rows, [{ statement_timeout: "10s" }]);
    await connection.end();
    assert.equal(await backend.stop("SIGTERM"), 0);
    await pooler.close();
    await server.run("drop database access with (force)", "create database access");
  });

  it("by statement: the start says that this cannot work", async () => {
    const pooler = await startPgBouncer(server.url, ["pool_mode = statement"]);
    await server.run("drop database access with (force)", "create database access");

    const { code, stderr } = await runCommand(["start", "--port", "0"], { env: { DATABASE_URL: pooler.url } });

    assert.equal(code, 1);
    assert.match(stderr, /^The pooler of DATABASE_URL pools by statement: set pool_mode to transaction .*\n$/);
    await pooler.close();
  });
});

async function tryPooler(server: OwnPostgres, settings: readonly string[]): Promise<void> {
  const pooler = await startPgBouncer(server.url, settings);
  const adminToken = makeSecret("xpat");
  const env = {
    DATABASE_URL: pooler.url,
    XTREMEPUSH_ACCESS_ADMIN_TOKEN: adminToken,
    XTREMEPUSH_ACCESS_REQUEST_LIMIT: "1000000",
  };
  await server.run("drop database access with (force)", "create database access");

  const replicas = await Promise.all([startBackendProcess([], { env }), startBackendProcess([], { env })]);
  const writers = replicas.map(({ endpoint }) => new Writers(endpoint, adminToken));
  await Promise.all(writers.map((writer) => writer.prepare()));
  for (const writer of writers) writer.start(6);
  await Promise.all(writers.map((writer) => writer.succeeds(40)));
  await Promise.all(writers.map((writer) => writer.end()));
  const codes = await Promise.all(replicas.map((replica) => replica.stop("SIGTERM")));
  const again = await startBackendProcess([], { env });

  assert.deepEqual(
    writers.map(({ unexpected, unavailable }) => [unexpected, unavailable]),
    writers.map(() => [[], 0]),
  );
  assert.deepEqual(codes, [0, 0]);
  assert.equal(await again.stop("SIGTERM"), 0);
  await pooler.close();
}
