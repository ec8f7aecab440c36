import assert from "node:assert/strict";
import { Samples } from "../../../backend/src/metrics/samples";

const START = Date.parse("2030-05-01T12:00:00.000Z");
const NEVER = new Promise<string>(() => {});

describe("samples", () => {
  let now: number;
  let reads: number;
  let answer: () => Promise<string>;
  let failures: unknown[];
  let samples: Samples<string>;

  beforeEach(() => {
    [now, reads, failures] = [START, 0, []];
    answer = async () => `read ${reads}`;
    const read = () => {
      reads += 1;
      return answer();
    };
    const onFailure = (error: unknown) => void failures.push(error);
    samples = new Samples({ read, everyMs: 60_000, now: () => new Date(now), onFailure });
  });

  const latest = async () => (await samples.latest())?.value ?? null;

  it("are read at most once in their time, also when many ask at once", async () => {
    const first = await Promise.all([latest(), latest()]);
    now += 59_999;
    const kept = await latest();
    now += 1;
    const next = await latest();

    assert.deepEqual([first, kept, next, reads], [["read 1", "read 1"], "read 1", "read 2", 2]);
  });

  it("have the last value and its time while reads fail, and none when that is too old", async () => {
    await latest();
    answer = async () => Promise.reject(new Error("away"));

    now += 60_000;
    const old = await samples.latest();
    now = START + 300_001;
    const tooOld = await latest();

    assert.deepEqual([old?.value, old?.time], ["read 1", new Date(START)]);
    assert.equal(tooOld, null);
    assert.deepEqual([samples.succeeded, failures.length], [false, 2]);
  });

  it("do not wait for a read that hangs, and start no second one", async () => {
    await latest();
    answer = () => NEVER;

    now += 60_000;
    const values = [await latest(), await latest()];

    assert.deepEqual([values, reads], [["read 1", "read 1"], 2]);
  });

  it("know nothing before the first read has ended", async () => {
    answer = () => NEVER;

    assert.equal(await latest(), null);
    assert.equal(samples.succeeded, null);
  });

  it("are read again after the clock was set back", async () => {
    await latest();
    now -= 3_600_000;

    assert.equal(await latest(), "read 2");
  });
});
