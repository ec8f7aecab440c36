import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeSecret } from "../../../backend/src/credentials/secrets";
import { assertProblem, callerOf } from "../../support/backend/api";
import { killBackendProcesses, startBackendProcess } from "../../support/backend/command-line";
import { folderWithDatabase } from "../../support/backend/empty-database";
import { LogFault } from "../../support/backend/log-fault";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";

describe("a backend whose embedded database ends by itself", function () {
  this.timeout(60_000);
  afterEach(killBackendProcesses);
  after(removeTemporaryFolders);

  it("says so, answers 503, and ends with 1, and the next start has what was acknowledged", async () => {
    const cwd = temporaryFolder();
    const adminToken = makeSecret("xpat");
    const fault = new LogFault(cwd, "fails");
    const env = { XTREMEPUSH_ACCESS_ADMIN_TOKEN: adminToken };
    const backend = await startBackendProcess([], { cwd, env: { ...env, ...fault.env } });
    const call = callerOf(backend.endpoint, adminToken);
    assert.equal((await call("POST /v1/projects", { body: { slug: "before" } })).status, 201);

    fault.begin();
    const during = await call("POST /v1/projects", { body: { slug: "during" } });

    assertProblem(during, "unavailable");
    assert.equal(await backend.ended(), 1);
    assert.match(
      backend.log(),
      /the embedded database has ended \(could not write .*\): the backend stops; start it again/,
    );
    const again = await startBackendProcess([], { cwd, env });
    const { body } = await callerOf(again.endpoint, adminToken)("GET /v1/projects");
    assert.deepEqual(
      body.items.map(({ slug }: { slug: string }) => slug),
      ["before"],
    );
    assert.equal(await again.stop("SIGTERM"), 0);
  });

  it("ends with 1 when another backend has taken over its folder", async () => {
    const cwd = await folderWithDatabase();
    const dataDir = join(cwd, ".xtremepush-access");
    const backend = await startBackendProcess([], { cwd });
    writeFileSync(join(dataDir, "lock.1000"), "");

    const code = await backend.ended();

    assert.equal(code, 1);
    assert.match(
      backend.log(),
      /the embedded database has ended \(another backend has taken over its lock \S+\): the backend stops; start it again/,
    );
    assert.ok(readdirSync(dataDir).includes("lock.1000"));
  });
});
