import assert from "node:assert/strict";
import { describePlan, planFrom } from "../../bench/plan";

describe("the plan of the bench", () => {
  it("leaves the scale out unless it is asked for", () => {
    const { engine, requests, scale } = planFrom({});

    assert.deepEqual({ engine, requests, scale }, { engine: true, requests: true, scale: null });
  });

  it("measures one part where that is asked for", () => {
    const parts = (only: string) => {
      const { engine, requests, scale, review } = planFrom({ only });
      return { engine, requests, scale, review };
    };

    const review = { size: 1000, rounds: 7 };
    assert.deepEqual(parts("review"), { engine: false, requests: false, scale: null, review });
    assert.deepEqual(parts("engine"), { engine: true, requests: false, scale: null, review: null });
    assert.match(describePlan(planFrom({ only: "review" })), /^Measuring reviews of 1,000 clients: about 1 min\.$/);
    assert.deepEqual(planFrom({ only: "program" }).program, { size: 1000, rounds: 3 });
    assert.match(
      describePlan(planFrom({ only: "program" })),
      /^Measuring a program of 1,000 integrations: about 4 min\.$/,
    );
    assert.deepEqual([planFrom({ only: "review" }).program, planFrom({ scale: true }).program], [null, null]);
    assert.throws(
      () => parts("gate"),
      /^Error: --only takes engine, backend, review, program, growth, gateway or environments, not "gate"$/,
    );
  });

  it("measures an environment only where that is asked for", () => {
    assert.equal(planFrom({}).environments, null);
    assert.deepEqual(planFrom({ only: "environments" }).environments, { size: 20, rounds: 5 });
    assert.match(
      describePlan(planFrom({ only: "environments" })),
      /^Measuring an environment of 20 clients: about 2 min\.$/,
    );
  });

  it("measures the gateway only where that is asked for", () => {
    assert.equal(planFrom({}).gateway, null);
    assert.deepEqual(planFrom({ only: "gateway" }).gateway, {
      rounds: 5,
      seconds: 4,
      connections: 50,
      memorySeconds: 300,
    });
    assert.match(describePlan(planFrom({ only: "gateway" })), /^Measuring a gateway at 50 connections: about 7 min\.$/);
  });

  it("measures the growth only where that is asked for, and a million clients only in full", () => {
    const sizes = (full: boolean) => planFrom({ only: "growth", full }).growth?.sizes;

    assert.equal(planFrom({}).growth, null);
    assert.deepEqual(sizes(false), [1_000, 10_000, 100_000]);
    assert.deepEqual(sizes(true), [1_000, 10_000, 100_000, 1_000_000]);
    assert.match(
      describePlan(planFrom({ only: "growth" })),
      /^Measuring a backend of 1,000, 10,000, 100,000 clients: about \d+ min\.$/,
    );
    assert.throws(() => planFrom({ full: true }), /^Error: --full goes with --only growth$/);
  });

  it("measures the scale alone, with and without checkpoints", () => {
    const plan = planFrom({ scale: true });

    const { engine, requests, scale } = plan;
    assert.deepEqual([engine, requests], [false, false]);
    assert.deepEqual(scale, { size: 1000, rounds: 5, checkpoints: [true, false] });
    assert.match(describePlan(plan), /^Measuring 1,000 clients and as many grants, with two crashes: about \d+ min\.$/);
  });

  it("takes another size and number of rounds for the scale", () => {
    const { scale } = planFrom({ scale: true, sizes: "200", rounds: "3" });

    assert.deepEqual([scale?.size, scale?.rounds], [200, 3]);
  });

  it("refuses what does not go with the scale", () => {
    assert.throws(
      () => planFrom({ scale: true, only: "engine" }),
      /^Error: --scale is measured alone: leave out --only$/,
    );
    assert.throws(() => planFrom({ scale: true, sizes: "50,250" }), /--sizes takes whole numbers from 1, not "50,250"/);
  });
});
