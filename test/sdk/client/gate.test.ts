import assert from "node:assert/strict";
import { Gate } from "../../../sdk/src/client/gate";
import { fakeClock } from "../../support/sdk/fake-clock";

describe("the gate", () => {
  it("is open until it is closed", async () => {
    const clock = fakeClock();

    await new Gate(clock).pass(undefined);

    assert.deepEqual(clock.slept, []);
  });

  it("holds a call back for the time that it is closed, and a moment by chance", async () => {
    const clock = fakeClock(0.5);
    const gate = new Gate(clock);

    gate.close(3_000);
    await gate.pass(undefined);
    await gate.pass(undefined);

    assert.deepEqual(clock.slept, [3_125]);
  });

  it("stays closed for the longest time that was asked", async () => {
    const clock = fakeClock(0);
    const gate = new Gate(clock);

    gate.close(5_000);
    gate.close(1_000);
    await gate.pass(undefined);

    assert.deepEqual(clock.slept, [5_000]);
  });

  it("holds a call back again when it was closed again meanwhile", async () => {
    const clock = fakeClock(0);
    const gate = new Gate({
      ...clock,
      sleep: async (ms) => {
        if (clock.slept.length === 0) gate.close(4_000);
        await clock.sleep(ms);
      },
    });

    gate.close(1_000);
    await gate.pass(undefined);

    assert.deepEqual(clock.slept, [1_000, 3_000]);
  });
});
