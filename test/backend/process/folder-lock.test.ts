import assert from "node:assert/strict";
import fs, { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lockFolder } from "../../../backend/src/process/folder-lock";
import { ownIdentity } from "../../../backend/src/process/process-identity";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";
import { until } from "../../support/process/until";

describe("lockFolder", () => {
  afterEach(removeTemporaryFolders);

  it("says who holds the folder, and since when", async () => {
    const folder = temporaryFolder();
    const lock = await lockFolder(folder);

    await assert.rejects(lockFolder(folder), {
      message: new RegExp(`is held by another backend \\(pid ${process.pid}, since \\d{4}-\\d\\d-\\d\\dT`),
    });

    lock.release();
  });

  it("gives the folder to the next one after a release", async () => {
    const folder = temporaryFolder();
    const first = await lockFolder(folder);

    first.release();
    const second = await lockFolder(folder);

    assert.deepEqual(readdirSync(folder), ["lock.2"]);
    second.release();
  });

  it("lets one of many concurrent starts have the folder", async () => {
    const folder = temporaryFolder();

    const results = await Promise.allSettled(Array.from({ length: 20 }, () => lockFolder(folder)));

    assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
  });

  it("takes over from a process that has ended", async () => {
    const folder = temporaryFolder();
    const gone = { ...ownIdentity(), pid: 2 ** 22 + 1, since: "2026-01-02T03:04:05.000Z" };
    writeFileSync(join(folder, "lock.7"), JSON.stringify(gone));

    await lockFolder(folder);

    assert.deepEqual(readdirSync(folder), ["lock.8"]);
  });

  it("takes over from a process whose pid another one has now", async () => {
    const folder = temporaryFolder();
    const reused = { ...ownIdentity(), started: "1", since: "2026-01-02T03:04:05.000Z" };
    writeFileSync(join(folder, "lock.1"), JSON.stringify(reused));

    await lockFolder(folder);

    assert.equal(JSON.parse(readFileSync(join(folder, "lock.2"), "utf8")).pid, process.pid);
  });

  it("takes over from another container once its lock stays silent", async () => {
    const folder = temporaryFolder();
    const elsewhere = { pid: 1, started: "1", place: "another boot", since: "2026-01-02T03:04:05.000Z" };
    writeFileSync(join(folder, "lock.1"), JSON.stringify(elsewhere));

    await lockFolder(folder, 50);

    assert.deepEqual(readdirSync(folder), ["lock.2"]);
  });

  it("leaves the folder to another container that touches its lock", async () => {
    const folder = temporaryFolder();
    const path = join(folder, "lock.1");
    const elsewhere = JSON.stringify({
      pid: 1,
      started: "1",
      place: "another boot",
      since: "2026-01-02T03:04:05.000Z",
    });
    writeFileSync(path, elsewhere);
    const heartbeat = setInterval(() => writeFileSync(path, elsewhere), 20);

    await assert.rejects(lockFolder(folder, 400), { message: /pid 1, since 2026-01-02/ });

    clearInterval(heartbeat);
  });

  it("says what to do about a lock that it cannot read", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "lock.1"), "nonsense");

    await assert.rejects(lockFolder(folder), { message: /make sure that no backend uses its folder, then delete it/ });
  });

  it("keeps the folder while its file cannot be touched, as on a disk that became read-only", async function () {
    this.timeout(60_000);
    const folder = temporaryFolder();
    const lock = await lockFolder(folder);
    const { utimesSync } = fs;
    let refused = 0;
    fs.utimesSync = () => {
      refused += 1;
      throw Object.assign(new Error("read-only file system"), { code: "EROFS", path: folder });
    };

    try {
      await until(() => refused > 0, 20_000);
    } finally {
      fs.utimesSync = utimesSync;
    }

    await assert.rejects(lockFolder(folder), { message: /is held by another backend/ });
    lock.release();
  });

  it("is lost after two thirds of the silence without a touch", async () => {
    const folder = temporaryFolder();
    const lock = await lockFolder(folder, 600);
    rmSync(join(folder, "lock.1"));

    const { message } = await lock.lost;

    assert.match(
      message,
      /^its lock \/\S+\/lock\.1 could not be touched for \d+ seconds \(ENOENT\), so another backend may/,
    );
    lock.release();
  });

  it("is lost when its file has another owner", async () => {
    const lock = await lockFolder(temporaryFolder(), 600);
    const { utimesSync } = fs;
    fs.utimesSync = () => {
      throw Object.assign(new Error("operation not permitted"), { code: "EPERM" });
    };

    try {
      assert.match((await lock.lost).message, /\(EPERM\)/);
    } finally {
      fs.utimesSync = utimesSync;
    }
  });

  it("is lost as soon as there is a higher generation, which a release leaves alone", async () => {
    const folder = temporaryFolder();
    const lock = await lockFolder(folder, 600);
    writeFileSync(join(folder, "lock.2"), "another's");

    assert.match((await lock.lost).message, /^another backend has taken over its lock \/\S+\/lock\.1$/);

    lock.release();
    assert.equal(readFileSync(join(folder, "lock.2"), "utf8"), "another's");
  });
});
