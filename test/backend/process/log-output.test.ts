import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { makeSecret } from "../../../backend/src/credentials/secrets";
import { callerOf } from "../../support/backend/api";
import { killBackendProcesses, runCommand, startBackendProcess } from "../../support/backend/command-line";
import { folderWithDatabase } from "../../support/backend/empty-database";
import { beginPost } from "../../support/backend/raw-request";
import { freePort } from "../../support/process/free-port";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";
import { until } from "../../support/process/until";

/** Runs a program whose standard output is a file on a full disk. */
const FULL = ["sh", "-c", 'exec "$@" > /dev/full', "sh"];
/** Runs a program that appends to FILE and can make no file larger than a block of the shell. */
const SMALL = 'ulimit -f 1; exec "$@" >> "$FILE"';
const PATIENCE_MS = 60_000;

describe("the log of a backend", function () {
  this.timeout(120_000);
  afterEach(() => {
    killBackendProcesses();
    removeTemporaryFolders();
  });

  it("may be on a full disk: the backend answers, takes changes, and says once that lines are lost", async () => {
    const cwd = await folderWithDatabase();
    const [adminToken, port] = [makeSecret("xpat"), await freePort()];
    const env = { XTREMEPUSH_ACCESS_ADMIN_TOKEN: adminToken };
    const ended = runCommand(["start", "--port", String(port)], { cwd, env, wrap: FULL });
    const endpoint = `http://127.0.0.1:${port}`;
    const isReady = () =>
      fetch(`${endpoint}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      );
    await until(isReady, PATIENCE_MS);

    const { status } = await callerOf(endpoint, adminToken)("POST /v1/projects", { body: { slug: "retail" } });
    const { pid } = JSON.parse(readFileSync(join(cwd, ".xtremepush-access/lock.1"), "utf8"));
    process.kill(pid, "SIGTERM");

    assert.equal(status, 201);
    assert.deepEqual(await ended, {
      code: 0,
      stdout: "",
      stderr: "xtremepush-access-backend: the log cannot be written (ENOSPC), so its lines are lost until it can.\n",
    });
  });

  it("begins a line of its own after one of which a file took only the beginning", () => {
    const file = join(temporaryFolder(), "log");
    const output = JSON.stringify(join(__dirname, "../../../backend/dist/process/log-output.js"));
    const script = `const { writeLog } = require(${output});
      writeLog("first\\n");
      writeLog("x".repeat(5_000) + "\\n");
      writeLog("lost\\n");
      require("node:fs").truncateSync(process.argv[1], 10);
      writeLog("next\\n");
      writeLog("last\\n");`;

    const { stderr } = spawnSync("sh", ["-c", SMALL, "sh", process.execPath, "--eval", script, file], {
      encoding: "utf8",
      env: { ...process.env, FILE: file },
    });

    assert.equal(readFileSync(file, "utf8"), "first\nxxxx\nnext\nlast\n");
    assert.equal(
      stderr,
      "xtremepush-access-backend: the log cannot be written (EFBIG), so its lines are lost until it can.\n",
    );
  });

  it("may lose its reader: the backend answers what it has received, and exits with 1", async () => {
    const cwd = await folderWithDatabase();
    const backend = await startBackendProcess([], { cwd });
    const token = readFileSync(join(cwd, ".xtremepush-access/admin-token"), "utf8").trim();
    const request = await beginPost(`${backend.endpoint}/v1/projects`, token, { slug: "retail" });
    backend.leaveUnread();
    await fetch(`${backend.endpoint}/v1/projects`);

    const answer = await request.finish();

    assert.match(answer, /HTTP\/1\.1 201/);
    assert.equal(await backend.ended(), 1);
    assert.equal(backend.errors(), "");
  });

  it("may have no reader any more at a stop, which still ends with 0", async () => {
    const backend = await startBackendProcess([], { cwd: await folderWithDatabase() });
    backend.leaveUnread();

    assert.equal(await backend.stop("SIGTERM"), 0);
    assert.equal(backend.errors(), "");
  });
});

describe("a command whose output cannot be written", function () {
  this.timeout(60_000);

  it("says so in a sentence, and exits with 1", async () => {
    const { code, stderr } = await runCommand(["token", "generate"], { wrap: FULL });

    assert.equal(code, 1);
    assert.equal(stderr, "The output cannot be written: ENOSPC: no space left on device, write.\n");
  });
});
