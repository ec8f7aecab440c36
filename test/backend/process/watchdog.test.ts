import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { makeSecret } from "../../../backend/src/credentials/secrets";
import { callerOf } from "../../support/backend/api";
import { killBackendProcesses, runCommand, startBackendProcess } from "../../support/backend/command-line";
import { folderWithDatabase } from "../../support/backend/empty-database";
import { LogFault } from "../../support/backend/log-fault";
import { removeTemporaryFolders } from "../../support/process/temporary-folder";

const WATCHDOG = join(__dirname, "../../../backend/dist/process/watchdog.js");
const LIMIT_S = 3;
/** Of a process that spins in any case. */
const SHORT_LIMIT_S = 1;
const SPIN = "for (;;);";

/** Runs a program that its watchdog gives some seconds of processor time for a turn, after its opening. */
function startWatched(program: string, runningS = LIMIT_S) {
  const limits = JSON.stringify({ openingS: 100 * LIMIT_S, runningS });
  const source = `const watchdog = require(${JSON.stringify(WATCHDOG)}).startWatchdog(${limits}); ${program}`;
  const child = spawn(process.execPath, ["-e", source], { stdio: ["ignore", "pipe", "pipe"], env: {} });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  return { child, closed: once(child, "close"), errors: () => errors };
}

/** Uses more processor time than a turn may, after the opening, within one. */
const LONG_TURN = `for (;;) { const { user, system } = process.cpuUsage(); if (user + system > ${3_000_000 * SHORT_LIMIT_S}) break; }`;

describe("the watchdog of a process", function () {
  this.timeout(120_000);

  it("ends one whose event loop turns no more and that hears no signal, and says why", async () => {
    const spins = `
      watchdog.opened();
      process.on("SIGTERM", () => process.exit(3));
      setTimeout(() => { require("node:fs").writeSync(1, "spins"); ${SPIN} }, 500);`;
    const watched = startWatched(spins, SHORT_LIMIT_S);
    await once(watched.child.stdout, "data");
    watched.child.kill("SIGTERM");

    const [code, signal] = await watched.closed;

    assert.deepEqual([code, signal], [null, "SIGKILL"]);
    assert.match(
      watched.errors(),
      /^xtremepush-access-backend: the main thread has used \d+ s of processor time without a turn of its event loop, .*\n$/,
    );
  });

  it("ends one that cannot say why, because nobody reads its standard error", async () => {
    const spins = `watchdog.opened(); setTimeout(() => { require("node:fs").writeSync(1, "spins"); ${SPIN} }, 500);`;
    const watched = startWatched(spins, SHORT_LIMIT_S);
    watched.child.stderr.destroy();
    await once(watched.child.stdout, "data");

    assert.deepEqual(await watched.closed, [null, "SIGKILL"]);
  });

  it("leaves one that was stopped for longer than its limit", async () => {
    const watched = startWatched(
      `watchdog.opened(); process.stdout.write("runs"); setTimeout(() => process.exit(0), 4_000);`,
    );
    await once(watched.child.stdout, "data");
    watched.child.kill("SIGSTOP");
    await wait(2_000 * LIMIT_S);
    watched.child.kill("SIGCONT");

    const ended = await watched.closed;

    assert.deepEqual([ended, watched.errors()], [[0, null], ""]);
  });

  it("leaves one whose main thread uses no processor, as in a debugger", async () => {
    const watched = startWatched(`watchdog.opened(); setTimeout(() => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${2_000 * LIMIT_S});
    }, 500);
    setTimeout(() => process.exit(0), ${2_500 * LIMIT_S});`);

    const ended = await watched.closed;

    assert.deepEqual([ended, watched.errors()], [[0, null], ""]);
  });

  it("leaves one that works hard and turns", async () => {
    const watched = startWatched(`watchdog.opened(); setInterval(() => {
      for (const end = performance.now() + 100; performance.now() < end; );
      if (process.cpuUsage().user > ${2_000_000 * LIMIT_S}) process.exit(0);
    }, 1);`);

    const ended = await watched.closed;

    assert.deepEqual([ended, watched.errors()], [[0, null], ""]);
  });

  it("gives the opening of a database more time than a turn after it", async () => {
    const opening = startWatched(LONG_TURN, SHORT_LIMIT_S);
    const running = startWatched(`watchdog.opened(); ${SPIN}`, SHORT_LIMIT_S);

    const ended = await Promise.all([opening.closed, running.closed]);

    assert.deepEqual(ended, [
      [0, null],
      [null, "SIGKILL"],
    ]);
    assert.equal(opening.errors(), "");
  });

  it("does not keep a process that has nothing left to do", async () => {
    const watched = startWatched("");

    const ended = await watched.closed;

    assert.deepEqual([ended, watched.errors()], [[0, null], ""]);
  });
});

describe("the watchdog of a command", function () {
  this.timeout(120_000);
  afterEach(() => {
    killBackendProcesses();
    removeTemporaryFolders();
  });

  it("ends a backend that spins, and says why, and the next start has what was acknowledged", async () => {
    const cwd = await folderWithDatabase();
    const adminToken = makeSecret("xpat");
    const env = { XTREMEPUSH_ACCESS_ADMIN_TOKEN: adminToken };
    const fault = new LogFault(cwd, "spins");
    const backend = await startBackendProcess([], { cwd, env: { ...env, ...fault.env }, watchdogS: LIMIT_S });
    const call = callerOf(backend.endpoint, adminToken);
    assert.equal((await call("POST /v1/projects", { body: { slug: "before" } })).status, 201);
    fault.begin();
    const during = call("POST /v1/projects", { body: { slug: "during" } });

    await assert.rejects(during);
    assert.equal(await backend.ended(), null);

    assert.match(backend.errors(), /: the main thread has used \d+ s .*, and so answers nothing; .* \(SIGKILL\)/);
    const again = await startBackendProcess([], { cwd, env });
    const { body } = await callerOf(again.endpoint, adminToken)("GET /v1/projects");
    assert.deepEqual(
      body.items.map(({ slug }: { slug: string }) => slug),
      ["before"],
    );
    assert.equal(await again.stop("SIGTERM"), 0);
  });

  for (const command of [
    ["start", "--port", "0"],
    ["admin", "migrate"],
    ["admin", "recover", "--name", "ana"],
  ]) {
    it(`ends \`${command.join(" ")}\` whose database spins while it opens, and says why`, async () => {
      const cwd = await folderWithDatabase();
      const fault = new LogFault(cwd, "spins");
      fault.begin();

      const { code, stderr } = await runCommand(command, { cwd, env: fault.env, watchdogS: SHORT_LIMIT_S });

      assert.equal(code, null);
      assert.match(stderr, /: the main thread has used \d+ s .*, while it opened the database; .* \(SIGKILL\)/);
    });
  }
});
