import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { publishFolder } from "../../../scripts/pulumi-cli/publish-folder";

describe("publishFolder", () => {
  let parent: string;
  let target: string;

  const fillWith = (text: string) => async (staging: string) => writeFileSync(path.join(staging, "file"), text);
  const isUsable = async (folder: string) => readFileSync(path.join(folder, "file"), "utf8") !== "broken";
  const published = () => readFileSync(path.join(target, "file"), "utf8");

  beforeEach(() => {
    parent = mkdtempSync(path.join(tmpdir(), "publish-folder-test-"));
    target = path.join(parent, "1.0.0");
  });

  afterEach(() => rmSync(parent, { recursive: true }));

  it("shows nothing at the target before the folder is full", async () => {
    let seen = true;
    const fill = async (staging: string) => {
      await fillWith("new")(staging);
      seen = existsSync(target);
    };

    await publishFolder({ target, fill, isUsable });

    assert.equal(seen, false);
    assert.equal(published(), "new");
    assert.deepEqual(readdirSync(parent), ["1.0.0"]);
  });

  it("leaves nothing behind when filling fails", async () => {
    const fill = async (staging: string) => {
      await fillWith("half")(staging);
      throw new Error("the disk is full");
    };

    await assert.rejects(publishFolder({ target, fill, isUsable }), /the disk is full/);

    assert.deepEqual(readdirSync(parent), []);
  });

  it("keeps what another run has published meanwhile", async () => {
    const fill = async (staging: string) => {
      await fillWith("second")(staging);
      mkdirSync(target);
      await fillWith("first")(target);
    };

    await publishFolder({ target, fill, isUsable });

    assert.equal(published(), "first");
    assert.deepEqual(readdirSync(parent), ["1.0.0"]);
  });

  it("replaces a target that is not usable", async () => {
    mkdirSync(target);
    writeFileSync(path.join(target, "file"), "broken");

    await publishFolder({ target, fill: fillWith("new"), isUsable });

    assert.equal(published(), "new");
    assert.deepEqual(readdirSync(parent), ["1.0.0"]);
  });

  it("removes what a killed run left days ago, not what a run is filling now", async () => {
    mkdirSync(path.join(parent, ".1.0.0-killed"));
    utimesSync(path.join(parent, ".1.0.0-killed"), new Date("2020-01-01"), new Date("2020-01-01"));
    mkdirSync(path.join(parent, ".1.0.0-running"));

    await publishFolder({ target, fill: fillWith("new"), isUsable });

    assert.deepEqual(readdirSync(parent).sort(), [".1.0.0-running", "1.0.0"]);
  });
});
