import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { makeSecret } from "../../../backend/src/credentials/secrets";
import { openDatabase } from "../../../backend/src/database/open";
import { callerOf } from "../../support/backend/api";
import { killBackendProcesses, runCommand, startBackendProcess } from "../../support/backend/command-line";
import { folderWithDatabase } from "../../support/backend/empty-database";
import { LogFault } from "../../support/backend/log-fault";
import { beginPost } from "../../support/backend/raw-request";
import { removeTemporaryFolders } from "../../support/process/temporary-folder";
import { until } from "../../support/process/until";

/** Runs a program as process 1, as a container does. */
const CONTAINER = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child", "--mount-proc"];
const WATCHDOG_S = 3;

/** The process with which a container begins, as this machine numbers it. */
function firstProcess(container: number): number {
  return Number(readFileSync(`/proc/${container}/task/${container}/children`, "utf8"));
}

describe("a backend that is process 1 of its container", function () {
  this.timeout(120_000);
  before(function () {
    const [unshare = "", ...args] = CONTAINER;
    if (spawnSync(unshare, [...args, "true"]).status !== 0) this.skip();
  });
  afterEach(() => {
    killBackendProcesses();
    removeTemporaryFolders();
  });

  it("ends when its main thread spins, says why, and leaves every acknowledged write", async () => {
    const cwd = await folderWithDatabase();
    const adminToken = makeSecret("xpat");
    const fault = new LogFault(cwd, "spins");
    const env = { XTREMEPUSH_ACCESS_ADMIN_TOKEN: adminToken, ...fault.env };
    const backend = await startBackendProcess([], { cwd, env, wrap: CONTAINER, watchdogS: WATCHDOG_S });
    const call = callerOf(backend.endpoint, adminToken);
    assert.equal((await call("POST /v1/projects", { body: { slug: "before" } })).status, 201);
    fault.begin();
    call("POST /v1/projects", { body: { slug: "during" } }).catch(() => {});

    assert.equal(await backend.ended(), 128 + 9);

    assert.match(backend.errors(), /: the main thread has used \d+ s .* \(SIGKILL\)\. Start it again: /);
    const database = await openDatabase({ folder: join(cwd, ".xtremepush-access/database") });
    const projects = await database.db.selectFrom("projects").select("slug").execute();
    await database.close();
    assert.deepEqual(projects, [{ slug: "before" }]);
  });

  it("stops in order on SIGTERM, and finishes a running request", async () => {
    const cwd = await folderWithDatabase();
    const backend = await startBackendProcess([], { cwd, wrap: CONTAINER });
    const token = readFileSync(join(cwd, ".xtremepush-access/admin-token"), "utf8").trim();
    const request = await beginPost(`${backend.endpoint}/v1/projects`, token, { slug: "retail" });

    process.kill(firstProcess(backend.pid), "SIGTERM");
    await until(() => backend.log().includes("stopping on SIGTERM"), 20_000);

    assert.match(await request.finish(), /HTTP\/1\.1 201/);
    assert.equal(await backend.ended(), 0);
  });

  it("ends at once on a second signal", async () => {
    const cwd = await folderWithDatabase();
    const backend = await startBackendProcess([], { cwd, wrap: CONTAINER });
    const token = readFileSync(join(cwd, ".xtremepush-access/admin-token"), "utf8").trim();
    await beginPost(`${backend.endpoint}/v1/projects`, token, { slug: "retail" });
    process.kill(firstProcess(backend.pid), "SIGTERM");
    await until(() => backend.log().includes("stopping on SIGTERM"), 20_000);

    process.kill(firstProcess(backend.pid), "SIGINT");

    assert.equal(await backend.ended(), 128 + 2);
  });

  it("answers the exit code and the output of a command", async () => {
    const failed = await runCommand(["start", "--port", "many"], { wrap: CONTAINER });
    const made = await runCommand(["token", "generate"], { wrap: CONTAINER });

    assert.equal(failed.code, 2);
    assert.match(failed.stderr, /^--port must be a whole number from 0 to 65535\n$/);
    assert.equal(made.code, 0);
    assert.match(made.stdout, /^xpat_\w+\n$/);
  });
});
