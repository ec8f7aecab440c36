import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { DotenvFile } from "../../environments/src/delivery/dotenv-file";
import { withFileLock } from "../../environments/src/file-lock";
import { removeTemporaryFolders, temporaryFolder } from "../support/process/temporary-folder";

describe("the lock of a file", function () {
  this.timeout(60_000);
  after(removeTemporaryFolders);

  it("lets one work at a time, and is gone afterwards", async () => {
    const folder = temporaryFolder();
    const file = path.join(folder, ".env");
    let working = 0;
    let most = 0;

    const work = () =>
      withFileLock(file, async () => {
        working += 1;
        most = Math.max(most, working);
        await wait(5);
        working -= 1;
      });
    await Promise.all(Array.from({ length: 10 }, work));

    assert.deepEqual([most, readdirSync(folder)], [1, []]);
  });

  it("is given back when the work fails", async () => {
    const file = path.join(temporaryFolder(), ".env");

    await assert.rejects(
      withFileLock(file, async () => {
        throw new Error("the work");
      }),
      { message: "the work" },
    );
    assert.equal(existsSync(`${file}.lock`), false);
  });

  it("of a run that died is removed, by one of those that wait", async () => {
    const folder = temporaryFolder();
    const file = path.join(folder, ".env");
    writeFileSync(`${file}.lock`, "");
    utimesSync(`${file}.lock`, new Date(0), new Date(0));
    let working = 0;
    const overlaps: number[] = [];

    const work = () =>
      withFileLock(file, async () => {
        working += 1;
        overlaps.push(working);
        await wait(5);
        working -= 1;
      });
    await Promise.all(Array.from({ length: 10 }, work));

    assert.deepEqual(overlaps, Array(10).fill(1));
    assert.deepEqual(readdirSync(folder), []);
  });

  it("keeps every line of environments that deliver to one dotenv file at once", async () => {
    const folder = temporaryFolder();
    const names = Array.from({ length: 20 }, (_, index) => `SECRET_${index}`);

    await Promise.all(
      names.map((name) =>
        new DotenvFile({ folder, file: ".env", variables: { [name]: "clientSecret" } }).deliver({ clientSecret: "x" }),
      ),
    );

    const lines = readFileSync(path.join(folder, ".env"), "utf8").trim().split("\n");
    assert.deepEqual(lines.map((line) => line.split("=")[0]).sort(), [...names].sort());
  });
});
