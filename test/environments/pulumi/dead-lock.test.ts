import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { ownProcess } from "../../../environments/src/process-identity";
import { clearDeadLock, clearDeadLockOfNew, isDead, locksIn } from "../../../environments/src/pulumi/dead-lock";
import { Progress } from "../../../environments/src/pulumi/progress";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";
import { until } from "../../support/process/until";

const MESSAGE = `error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with \`pulumi cancel\`.
  file:///state/.pulumi/locks/organization/programs/dev/0b.json: created by ana@laptop (pid 4711) at 2026-11-28T10:00:00Z`;

describe("a lock of Pulumi", function () {
  this.timeout(40_000);
  after(removeTemporaryFolders);

  const own = { address: "file:///state/0b.json", host: hostname(), time: new Date() };
  const NO_PROCESS = 2 ** 22 + 1;
  const seenTime = "2026-11-28T10:00:00.000Z";
  const RUN = {
    run: "run-0001",
    actor: "ci",
    processId: 7,
    process: null,
    command: "up",
    sinceTime: seenTime,
    seenTime,
  };

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
    assert.equal(isDead({ ...own, pid: process.pid }, [], false), false);
  });

  it("is dead when there is no such process", () => {
    // The largest number of a process on Linux is 4,194,304.
    assert.equal(isDead({ ...own, pid: NO_PROCESS }, [], false), true);
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

      assert.equal(isDead({ ...own, pid }, [], false), true);
    } finally {
      parent.kill("SIGKILL");
    }
  });

  it("is dead when the process with its number started later", () => {
    assert.equal(isDead({ ...own, pid: process.pid, time: new Date("2020-01-01T00:00:00Z") }, [], false), true);
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
    await clearDeadLockOfNew(locked(NO_PROCESS));
    assert.equal(existsSync(file), false);
  });

  it("of another machine is dead when the backend has long not seen the run there that had the environment", () => {
    const deadRuns = [{ ...RUN, host: "elsewhere" }];
    const lockAt = (time: string, host = "elsewhere") =>
      isDead({ ...own, host, pid: process.pid, time: new Date(time) }, deadRuns);

    assert.equal(lockAt("2026-11-28T10:00:05Z"), true);
    assert.equal(lockAt("2026-11-28T10:05:00Z"), false, "somebody has run pulumi there since");
    assert.equal(lockAt("2026-11-28T09:55:00Z"), false, "somebody has run pulumi there before");
    assert.equal(lockAt("2026-11-28T10:00:05Z", "laptop"), false);
  });

  it("of a machine where a run has died is named with what removes it, because the clock there may be wrong", async () => {
    const cli = { run: async () => assert.fail("nothing is cancelled") };
    const lockedBy = (host: string) => ({
      stack: "dev",
      message: MESSAGE.replace("10:00:00Z", "09:00:00Z").replace("laptop", host),
      progress: new Progress({ write: () => true }),
      deadRuns: [{ ...RUN, host: "laptop", isRecent: true }],
    });
    const died =
      "run of ci (process 7) that died there, last seen 2026-11-28T10:00:00.000Z, and the clock there is wrong";
    const doubt = `; wait until it has ended; if it is the ${died}, remove its lock: `;

    const refused = await Promise.all(
      [
        clearDeadLock({ cli } as never, lockedBy("laptop")),
        clearDeadLockOfNew(lockedBy("laptop")),
        clearDeadLock({ cli } as never, lockedBy("elsewhere")),
      ].map((clearing) => clearing.catch((error: Error) => error.message.replace(/^.*09:00:00\.000Z/, ""))),
    );

    assert.deepEqual(refused, [
      `${doubt}\`pulumi cancel --stack dev\``,
      `${doubt}delete file:///state/.pulumi/locks/organization/programs/dev/0b.json`,
      "; wait until it has ended",
    ]);
  });

  it("of another container or machine with the same name of the host is not judged by its number here", () => {
    const lock = { ...own, pid: NO_PROCESS };
    const remote = { ...lock, address: "s3://state/0b.json" };
    const now = new Date().toISOString();
    const run = { ...RUN, host: hostname(), seenTime: now };
    const elsewhere = "another-boot pid:[4026531999] 1";

    assert.equal(isDead(lock, [], true), false, "in a container");
    assert.equal(isDead(remote, [], false), false, "of a state that other machines have");
    assert.equal(isDead(remote, [{ ...run, process: ownProcess().process }], true), true, "of a dead run here");
    assert.equal(isDead({ ...remote, pid: process.pid }, [{ ...run, process: ownProcess().process }], true), false);
    assert.equal(
      isDead({ ...remote, pid: process.pid }, [{ ...run, process: elsewhere }], true),
      true,
      "of a dead one there",
    );
  });

  it("that does not say whose it is goes only after a run that has died just now, with a line that says so", async () => {
    const commands: string[][] = [];
    const lines: string[] = [];
    const cli = { run: async (...args: string[]) => commands.push(args) };
    const locked = (isRecent: boolean) => ({
      stack: "dev",
      message: "error: [409] Conflict: Another update is currently in progress.",
      progress: new Progress({ write: (line) => lines.push(line.trimEnd()) }),
      deadRuns: [{ ...RUN, host: "runner-1", isRecent }],
    });

    await assert.rejects(clearDeadLock({ cli } as never, locked(false)), {
      message: /^another run is changing "dev"; wait/,
    });
    assert.deepEqual([commands, lines], [[], []]);
    await clearDeadLock({ cli } as never, locked(true));
    assert.deepEqual(commands, [["cancel", "--yes", "--stack", "dev"]]);
    assert.match(
      lines[0] ?? "",
      /run of ci on runner-1 \(process 7\), last seen 2026-\S+, is dead: its lock is cancelled$/,
    );
  });

  it("counts as alive on another machine", () => {
    assert.equal(isDead({ ...own, host: "elsewhere", pid: NO_PROCESS }, [], false), false);
  });
});
