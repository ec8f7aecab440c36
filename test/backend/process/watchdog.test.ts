import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

const WATCHDOG = join(__dirname, "../../../backend/dist/process/watchdog.js");
const LIMIT_S = 3;

/** Runs a program that its watchdog gives three seconds of processor time for a turn. */
function startWatched(program: string) {
  const source = `require(${JSON.stringify(WATCHDOG)}).startWatchdog(${LIMIT_S}); ${program}`;
  const child = spawn(process.execPath, ["-e", source], { stdio: ["ignore", "pipe", "pipe"], env: {} });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  return { child, closed: once(child, "close"), errors: () => errors };
}

describe("the watchdog of a process", function () {
  this.timeout(120_000);

  it("ends one whose event loop turns no more and that hears no signal, and says why", async () => {
    const watched = startWatched(`
      process.on("SIGTERM", () => process.exit(3));
      setTimeout(() => { require("node:fs").writeSync(1, "spins"); for (;;); }, 500);`);
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
    const watched = startWatched(`
      setTimeout(() => { require("node:fs").writeSync(1, "spins"); for (;;); }, 500);`);
    watched.child.stderr.destroy();
    await once(watched.child.stdout, "data");

    assert.deepEqual(await watched.closed, [null, "SIGKILL"]);
  });

  it("leaves one that was stopped for longer than its limit", async () => {
    const watched = startWatched(`process.stdout.write("runs"); setTimeout(() => process.exit(0), 4_000);`);
    await once(watched.child.stdout, "data");
    watched.child.kill("SIGSTOP");
    await wait(2_000 * LIMIT_S);
    watched.child.kill("SIGCONT");

    const ended = await watched.closed;

    assert.deepEqual([ended, watched.errors()], [[0, null], ""]);
  });

  it("leaves one whose main thread uses no processor, as in a debugger", async () => {
    const watched = startWatched(`setTimeout(() => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${2_000 * LIMIT_S});
    }, 500);
    setTimeout(() => process.exit(0), ${2_500 * LIMIT_S});`);

    const ended = await watched.closed;

    assert.deepEqual([ended, watched.errors()], [[0, null], ""]);
  });

  it("leaves one that works hard and turns", async () => {
    const watched = startWatched(`setInterval(() => {
      for (const end = performance.now() + 100; performance.now() < end; );
      if (process.cpuUsage().user > ${2_000_000 * LIMIT_S}) process.exit(0);
    }, 1);`);

    const ended = await watched.closed;

    assert.deepEqual([ended, watched.errors()], [[0, null], ""]);
  });

  it("does not keep a process that has nothing left to do", async () => {
    const watched = startWatched("");

    const ended = await watched.closed;

    assert.deepEqual([ended, watched.errors()], [[0, null], ""]);
  });
});
