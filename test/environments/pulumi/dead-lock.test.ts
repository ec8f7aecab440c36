import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { clearDeadLockOfNew, isDead, isOfDeadRun, locksIn } from "../../../environments/src/pulumi/dead-lock";
import { Progress } from "../../../environments/src/pulumi/progress";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";
import { until } from "../../support/process/until";

const MESSAGE = `error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with \`pulumi cancel\`.
  file:///state/.pulumi/locks/organization/programs/dev/0b.json: created by ana@laptop (pid 4711) at 2026-11-28T10:00:00Z`;

describe("a lock of Pulumi", function () {
  this.timeout(40_000);
  after(removeTemporaryFolders);

  const own = { user: "ana", host: hostname(), time: new Date() };

  it("says who holds it", () => {
    assert.deepEqual(locksIn(MESSAGE), [
      {
        address: "file:///state/.pulumi/locks/organization/programs/dev/0b.json",
        user: "ana",
        host: "laptop",
        pid: 4711,
        time: new Date("2026-11-28T10:00:00Z"),
      },
    ]);
  });

  it("is alive while its process runs", () => {
    assert.equal(isDead({ ...own, pid: process.pid }), false);
  });

  it("is dead when there is no such process", () => {
    // The largest number of a process on Linux is 4,194,304.
    assert.equal(isDead({ ...own, pid: 2 ** 22 + 1 }), true);
  });

  it("is dead when its process was killed and nobody has noticed", async () => {
    // The shell becomes a program that waits for no children.
    const parent = spawn("sh", ["-c", "sleep 60 & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "ignore"] });
    try {
      const [line] = await once(parent.stdout, "data");
      const pid = Number(String(line));
      // Until then, the shell may notice the end of its child.
      await until(() => readFileSync(`/proc/${parent.pid}/comm`, "utf8").trim() === "sleep", 30_000);
      process.kill(pid, "SIGKILL");
      await until(() => / Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8")), 30_000);

      assert.equal(isDead({ ...own, pid }), true);
    } finally {
      parent.kill("SIGKILL");
    }
  });

  it("is dead when the process with its number started later", () => {
    assert.equal(isDead({ ...own, pid: process.pid, time: new Date("2020-01-01T00:00:00Z") }), true);
  });

  it("of a stack that was never made is a file, which goes when its run is dead", async () => {
    const file = path.join(temporaryFolder(), "a lock.json");
    writeFileSync(file, "{}");
    const by = (pid: number) => `created by ana@${hostname()} (pid ${pid}) at ${new Date().toISOString()}`;
    const locked = (pid: number) => ({
      stack: "dev",
      message: `  ${pathToFileURL(file).href}?metadata=skip: ${by(pid)}`,
      progress: new Progress({ write: () => true }),
    });

    await assert.rejects(clearDeadLockOfNew(locked(process.pid)), {
      message: /^another run is changing "dev" by ana@/,
    });
    assert.equal(existsSync(file), true);
    await clearDeadLockOfNew(locked(2 ** 22 + 1));
    assert.equal(existsSync(file), false);
  });

  it("of another machine is dead when the backend has long not seen the run there that had the environment", () => {
    const seenTime = "2026-11-28T10:00:00.000Z";
    const run = { run: "run-0001", actor: "ci", processId: 7, process: null, command: "up", sinceTime: seenTime };
    const deadRuns = [{ ...run, host: "elsewhere", seenTime }];
    const lockAt = (time: string, host = "elsewhere") => isOfDeadRun({ host, time: new Date(time) }, deadRuns);

    assert.equal(lockAt("2026-11-28T10:00:05Z"), true);
    assert.equal(lockAt("2026-11-28T10:05:00Z"), false, "somebody has run pulumi there since");
    assert.equal(lockAt("2026-11-28T10:00:05Z", "laptop"), false);
    assert.equal(lockAt("2026-11-28T10:00:05Z", hostname()), false, "its process decides");
  });

  it("counts as alive on another machine", () => {
    assert.equal(isDead({ ...own, host: "elsewhere", pid: 2 ** 22 + 1 }), false);
  });
});
