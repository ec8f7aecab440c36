import assert from "node:assert/strict";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { AccessClient } from "xtremepush-access";
import { makeSecret } from "../../../backend/src/credentials/secrets";
import { type Database, openDatabase } from "../../../backend/src/database/open";
import { bootstrap } from "../../../backend/src/process/bootstrap";
import { type Answer, assertProblem, type Call, callerOf } from "../../support/backend/api";
import { listenOn } from "../../support/backend/backend";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";
import { until } from "../../support/process/until";

const PLENTY_MIB = 1_000;
/** Longer than a measurement of the disk counts. */
const MEASURED_MS = 200;
/** Longer than the time between two looks at the disk. */
const LOOKED_MS = 1_500;
const PATIENCE_MS = 20_000;

describe("a backend whose embedded database is on a full disk", function () {
  this.timeout(60_000);
  let freeMib: number;
  let readFailure: Error | null = null;
  let database: Database;
  let endpoint: string;
  let admin: Call;
  let stranger: Call;
  let log: string[];
  let stop: () => Promise<void>;

  const setFree = async (mib: number) => {
    freeMib = mib;
    await wait(MEASURED_MS);
  };

  before(async () => {
    freeMib = PLENTY_MIB;
    const adminToken = makeSecret("xpat");
    const readSpace = () => {
      if (readFailure !== null) throw readFailure;
      return { bavail: freeMib, bsize: 1024 ** 2 };
    };
    database = await openDatabase({ folder: join(temporaryFolder(), "database"), readSpace });
    await bootstrap(database.db, { adminToken, dataDir: null, now: new Date() });
    log = [];
    const stream = { write: (line: string) => void log.push(JSON.parse(line).msg) };
    const app = await listenOn(database, { publicMetrics: true, log: { level: "info", stream } });
    endpoint = app.endpoint;
    [admin, stranger] = [callerOf(endpoint, adminToken), callerOf(endpoint, null)];
    await admin("POST /v1/projects", { body: { slug: "retail" } });
    stop = async () => {
      await app.close();
      await database.close();
    };
  });
  beforeEach(() => {
    readFailure = null;
    return setFree(PLENTY_MIB);
  });
  after(async () => {
    await stop();
    removeTemporaryFolders();
  });

  const makeClient = async (name: string) => {
    const { body } = await admin("POST /v1/projects/retail/clients", { body: { name } });
    const grant = { body: { permissions: ["list:profile"] }, ifMatch: 0 };
    await admin(`PUT /v1/projects/retail/clients/${body.id}/permissions`, grant);
    return { client_id: body.id as string, client_secret: body.clientSecret as string };
  };
  const getToken = (client: { client_id: string; client_secret: string }): Promise<Answer> => {
    const raw = new URLSearchParams({ grant_type: "client_credentials", ...client }).toString();
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    return stranger("POST /api/oauth/token", { raw, headers });
  };

  it("refuses changes with the free and the needed space, and answers reads", async () => {
    await setFree(31);

    const change = await admin("POST /v1/projects", { body: { slug: "travel" } });
    const reads = await Promise.all(["GET /v1/projects", "GET /v1/audit", "GET /healthz"].map((read) => admin(read)));

    const { status, detail } = assertProblem(change, "disk_full");
    assert.equal(status, 507);
    assert.equal(
      detail,
      "the disk of the database has 31 MiB free, and a change needs 32: reads work, and changes do when the operator has freed space",
    );
    assert.deepEqual(
      reads.map((answer) => answer.status),
      [200, 200, 200],
    );
  });

  it("is not ready, and says why", async () => {
    await setFree(0);

    const ready = await admin("GET /readyz");

    assert.match(assertProblem(ready, "unavailable").detail, /^the disk of the database has 0 MiB free, /);
    assert.equal(ready.status, 503);
    assert.equal(ready.headers.get("retry-after"), "5");
  });

  it("issues tokens that write nothing, and refuses the first one of a secret as RFC 6749 says", async () => {
    const [used, fresh] = [await makeClient("used"), await makeClient("fresh")];
    assert.equal((await getToken(used)).status, 200);
    await setFree(0);

    const later = await getToken(used);
    const first = await getToken(fresh);

    assert.equal(later.status, 200);
    assert.deepEqual([first.status, first.body.error], [503, "temporarily_unavailable"]);
    assert.match(first.body.error_description, /^the disk of the database has 0 MiB free, /);
    assert.equal(first.headers.get("retry-after"), "120");
  });

  it("gives the reason to a user of the SDK without a retry", async () => {
    const { client_id: clientId, client_secret: clientSecret } = await makeClient("patient");
    await setFree(0);

    const failed = new AccessClient({ endpoint }).oauth.token({ clientId, clientSecret });

    await assert.rejects(failed, {
      name: "OAuthError",
      message:
        `POST /api/oauth/token failed: 503 temporarily_unavailable from ${endpoint}/api/oauth/token, the disk of the database ` +
        "has 0 MiB free, and a change needs 32: reads work, and changes do when the operator has freed space",
    });
  });

  it("takes changes again when there is space, without a restart", async () => {
    await setFree(0);
    assert.equal((await admin("POST /v1/projects", { body: { slug: "hotels" } })).status, 507);

    await setFree(32);

    assert.equal((await admin("GET /readyz")).status, 200);
    assert.equal((await admin("POST /v1/projects", { body: { slug: "hotels" } })).status, 201);
  });

  it("logs once that there is no space, and once that there is again", async () => {
    const about = () => log.filter((line) => line.toLowerCase().includes("disk"));
    await setFree(0);
    await until(() => about().at(-1)?.includes(" MiB free") === true, PATIENCE_MS);
    freeMib = PLENTY_MIB;
    await until(() => about().at(-1)?.includes("space again") === true, PATIENCE_MS);
    log.length = 0;

    await setFree(5);
    for (const slug of ["a-b", "c-d", "e-f"]) await admin("POST /v1/projects", { body: { slug } });
    await until(() => about().length > 0, PATIENCE_MS);
    freeMib = PLENTY_MIB;
    await until(() => about().length > 1, PATIENCE_MS);

    assert.deepEqual(
      about().map((line) => line.replace(/of \/\S+ has/, "of FOLDER has")),
      [
        "The disk of FOLDER has 5 MiB free, and a change needs 32: free some; a running backend notices it.",
        "the disk of the database has space again",
      ],
    );
  });

  it("logs nothing more while the free space is around the limit", async () => {
    const about = () => log.filter((line) => line.toLowerCase().includes("disk"));
    await setFree(31);
    await until(() => about().at(-1)?.includes("has 31 MiB free") === true, PATIENCE_MS);
    log.length = 0;

    for (const mib of [32, 31, 39]) {
      freeMib = mib;
      await wait(LOOKED_MS);
    }
    const around = about();
    freeMib = 40;
    await until(() => about().length > 0, PATIENCE_MS);

    assert.deepEqual(around, []);
    assert.deepEqual(about(), ["the disk of the database has space again"]);
  });

  it("works on while the free space cannot be read", async () => {
    await setFree(64);
    await admin("GET /metrics");
    readFailure = Object.assign(new Error("EIO: i/o error, statfs"), { code: "EIO", syscall: "statfs" });
    await wait(MEASURED_MS);

    const ready = await admin("GET /readyz");
    const change = await admin("POST /v1/projects", { body: { slug: "unread" } });
    const { text } = await admin("GET /metrics");

    assert.deepEqual([ready.status, change.status], [200, 201]);
    assert.match(text, /^xtremepush_access_database_disk_free_bytes 67108864$/m);
  });

  it("shows the free space as a metric", async () => {
    await setFree(7);

    const { text } = await admin("GET /metrics");

    assert.match(text, /^xtremepush_access_database_disk_free_bytes 7340032$/m);
  });
});
