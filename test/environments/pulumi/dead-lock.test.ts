import assert from "node:assert/strict";
import { hostname } from "node:os";
import { isDead, locksIn } from "../../../environments/src/pulumi/dead-lock";

const MESSAGE = `error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with \`pulumi cancel\`.
  file:///state/.pulumi/locks/organization/programs/dev/0b.json: created by ana@laptop (pid 4711) at 2026-11-28T10:00:00Z`;

describe("a lock of Pulumi", () => {
  const own = { user: "ana", host: hostname(), time: new Date() };

  it("says who holds it", () => {
    assert.deepEqual(locksIn(MESSAGE), [
      { user: "ana", host: "laptop", pid: 4711, time: new Date("2026-11-28T10:00:00Z") },
    ]);
  });

  it("is alive while its process runs", () => {
    assert.equal(isDead({ ...own, pid: process.pid }), false);
  });

  it("is dead when there is no such process", () => {
    // The largest number of a process on Linux is 4,194,304.
    assert.equal(isDead({ ...own, pid: 2 ** 22 + 1 }), true);
  });

  it("is dead when the process with its number started later", () => {
    assert.equal(isDead({ ...own, pid: process.pid, time: new Date("2020-01-01T00:00:00Z") }), true);
  });

  it("counts as alive on another machine", () => {
    assert.equal(isDead({ ...own, host: "elsewhere", pid: 2 ** 22 + 1 }), false);
  });
});
