import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeSecret } from "../../../backend/src/credentials/secrets";
import { openDatabase } from "../../../backend/src/database/open";
import { killBackendProcesses, runCommand, startBackendProcess } from "../../support/backend/command-line";
import { folderWithDatabase } from "../../support/backend/empty-database";
import { makePostgresDatabase } from "../../support/backend/postgres";
import { assertWhole, WriteLoad } from "../../support/backend/write-load";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";

describe("a backend killed by SIGKILL while it writes", function () {
  this.timeout(120_000);

  afterEach(() => {
    killBackendProcesses();
    removeTemporaryFolders();
  });

  const PLACES = {
    "a folder": async () => {
      const cwd = await folderWithDatabase();
      return { cwd, env: {}, data: { folder: join(cwd, ".xtremepush-access/database") } };
    },
    PostgreSQL: async () => {
      const { url } = await makePostgresDatabase();
      return { cwd: temporaryFolder(), env: { DATABASE_URL: url }, data: { url } };
    },
  };
  for (const [place, make] of Object.entries(PLACES)) {
    it(`has in ${place} every write that it answered, with its audit row, and none by half`, async () => {
      const { cwd, env, data } = await make();
      const adminToken = makeSecret("xpat");
      const unlimited = { XTREMEPUSH_ACCESS_REQUEST_LIMIT: "1000000", XTREMEPUSH_ACCESS_TOKEN_LIMIT: "1000000" };
      const start = () =>
        startBackendProcess([], { cwd, env: { ...env, ...unlimited, XTREMEPUSH_ACCESS_ADMIN_TOKEN: adminToken } });
      const load = new WriteLoad(adminToken);
      let backend = await start();
      await load.prepare(backend.endpoint);

      for (let kill = 1; kill <= 3; kill++) {
        const running = load.runUntilGone(backend.endpoint);
        await load.acknowledges(randomInt(20, 120));
        await sleep(randomInt(0, 20));
        await backend.stop("SIGKILL");
        await running;
        backend = await start();
        await load.assertKept(backend.endpoint);
      }

      await load.finish(backend.endpoint);
      await load.assertKept(backend.endpoint);
      await load.assertSecretsWork(backend.endpoint);
      await backend.stop("SIGTERM");
      const database = await openDatabase(data);
      await assertWhole(database);
      await database.close();
    });
  }
});

/** Ends the process at the first opening of a file whose path ends so. */
const KILL_AT = `
  const fs = require("node:fs");
  const { openSync } = fs;
  fs.openSync = (path, ...rest) => {
    if (String(path).endsWith(process.env.KILL_AT)) process.kill(process.pid, "SIGKILL");
    return openSync(path, ...rest);
  };`;

describe("a backend killed by SIGKILL while it makes its database", function () {
  this.timeout(120_000);

  afterEach(removeTemporaryFolders);

  for (const file of ["/global/pg_control", "/base/1/PG_VERSION", "/PG_VERSION"]) {
    it(`starts again with a whole one: at ${file}`, async () => {
      const cwd = temporaryFolder();
      const hook = join(cwd, "kill.cjs");
      writeFileSync(hook, KILL_AT);
      const env = { NODE_OPTIONS: `--require ${hook}`, KILL_AT: `/database.unfinished${file}` };
      const killed = await runCommand(["start", "--port", "0"], { cwd, env });
      const left = readdirSync(join(cwd, ".xtremepush-access/database.unfinished"));

      const backend = await startBackendProcess([], { cwd });

      assert.equal(killed.code, null);
      assert.ok(left.length > 0);
      assert.equal((await fetch(`${backend.endpoint}/readyz`)).status, 200);
      assert.equal(await backend.stop("SIGTERM"), 0);
    });
  }
});
