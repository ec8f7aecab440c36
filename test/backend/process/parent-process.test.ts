import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { onParentEnd } from "../../../backend/src/process/parent-process";
import { killBackendProcesses, runCommand, startBackendProcess } from "../../support/backend/command-line";
import { folderWithDatabase } from "../../support/backend/empty-database";
import { beginPost } from "../../support/backend/raw-request";
import { startSilentServer } from "../../support/backend/stand-in-postgres";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";
import { until } from "../../support/process/until";

/** Debian's `sh`, as npx starts it: it waits for the command and passes no signal on. */
const SHELL = ["sh", "-c", '"$@" & wait', "sh"];
/** The same, which ends when a file named `go` appears. */
const UNTIL_GO = ["sh", "-c", '"$@" & until [ -e go ]; do sleep 0.1; done', "sh"];
const CONTAINER = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child", "--mount-proc"];

/** Ends the shell when a file named `go` appears, gives its pid to a process that goes on, and writes `reused`. */
const REUSE = `sh -c '"$@" & wait' sh "$@" &
parent=$!
until [ -e go ]; do sleep 0.1; done
kill -9 $parent; wait $parent
echo $((parent - 1)) > /proc/sys/kernel/ns_last_pid
sleep 600 > /dev/null 2>&1 &
echo "$parent $!" > reused
wait`;

describe("start --exit-with-parent", function () {
  this.timeout(60_000);

  afterEach(() => {
    killBackendProcesses();
    removeTemporaryFolders();
  });

  it("stops in order when the process that started it ends, finishes a running request, and says why", async () => {
    const cwd = await folderWithDatabase();
    const backend = await startBackendProcess(["--exit-with-parent"], { cwd, wrap: SHELL });
    const token = readFileSync(join(cwd, ".xtremepush-access/admin-token"), "utf8").trim();
    const request = await beginPost(`${backend.endpoint}/v1/projects`, token, { slug: "retail" });

    process.kill(backend.pid, "SIGTERM");
    await until(() => backend.log().includes("stopping"), 20_000);
    const answer = await request.finish();
    await backend.ended();

    assert.match(answer, /HTTP\/1\.1 201/);
    const reason = `"msg":"stopping, because the process that started the backend has ended (pid ${backend.pid})"`;
    assert.ok(backend.log().includes(reason), backend.log());
    await assert.rejects(fetch(backend.endpoint), ({ cause }) => cause.code === "ECONNREFUSED");
  });

  it("can come from the environment", async () => {
    const cwd = await folderWithDatabase();
    const env = { XTREMEPUSH_ACCESS_EXIT_WITH_PARENT: "true" };
    const backend = await startBackendProcess([], { cwd, env, wrap: UNTIL_GO });

    writeFileSync(join(cwd, "go"), "");
    await backend.ended();

    assert.match(backend.log(), /"msg":"stopping, because the process that started the backend has ended/);
  });

  it("is off by default", async () => {
    const cwd = await folderWithDatabase();
    const backend = await startBackendProcess([], { cwd, wrap: UNTIL_GO });

    writeFileSync(join(cwd, "go"), "");
    await wait(3_000);
    const { status } = await fetch(`${backend.endpoint}/healthz`);
    const [, pid] = /"pid":(\d+),.*"listening"/.exec(backend.log()) ?? [];
    process.kill(Number(pid), "SIGTERM");
    await backend.ended();

    assert.equal(status, 200);
    assert.doesNotMatch(backend.log(), /has ended/);
  });

  it("stops also when another process has the pid of its parent", async function () {
    const [unshare = "", ...args] = CONTAINER;
    if (spawnSync(unshare, [...args, "sh", "-c", "echo 1 > /proc/sys/kernel/ns_last_pid"]).status !== 0) this.skip();
    const cwd = await folderWithDatabase();
    const wrap = [...CONTAINER, "sh", "-c", REUSE, "sh"];
    const backend = await startBackendProcess(["--exit-with-parent"], { cwd, wrap });

    writeFileSync(join(cwd, "go"), "");
    await until(
      () => backend.log().includes("stopping, because the process that started the backend has ended"),
      20_000,
    );

    await until(() => existsSync(join(cwd, "reused")), 20_000);
    const [parent, next] = readFileSync(join(cwd, "reused"), "utf8").trim().split(" ");
    assert.equal(next, parent);
    await until(
      () =>
        fetch(backend.endpoint).then(
          () => false,
          () => true,
        ),
      20_000,
    );
  });

  it("ends at once while it still opens", async () => {
    const cwd = temporaryFolder();
    const silent = await startSilentServer();
    const starting = runCommand(["start", "--port", "0", "--log-format", "json", "--exit-with-parent"], {
      ...{ cwd, env: { DATABASE_URL: silent.url }, wrap: UNTIL_GO },
    });
    await silent.asked;

    writeFileSync(join(cwd, "go"), "");
    const { stdout, stderr } = await starting;
    silent.close();

    assert.match(stdout, /^\{"level":40,.*"msg":"stopping, because .* has ended \(pid \d+\)"\}\n$/);
    assert.equal(stderr, "");
  });

  it("is refused where the parent ends last", async function () {
    const [unshare = "", ...args] = CONTAINER;
    if (spawnSync(unshare, [...args, "true"]).status !== 0) this.skip();

    const { code, stderr } = await runCommand(["start", "--exit-with-parent"], { wrap: CONTAINER });

    assert.equal(code, 2);
    assert.match(stderr, /^--exit-with-parent needs a parent other than process 1, .*\n$/);
  });

  it("is refused on Windows, where an end does not show", () => {
    const platform = Object.getOwnPropertyDescriptor(process, "platform") ?? {};
    Object.defineProperty(process, "platform", { ...platform, value: "win32" });

    try {
      assert.throws(() => onParentEnd(() => {}), {
        message: /^--exit-with-parent cannot work on Windows/,
        exitCode: 2,
      });
    } finally {
      Object.defineProperty(process, "platform", platform);
    }
  });
});
