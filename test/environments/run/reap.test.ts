import assert from "node:assert/strict";
import type { Environment } from "xtremepush-access";
import { EnvironmentFailure } from "../../../environments/src/environment-failure";
import { removeEach } from "../../../environments/src/run/reap";

describe("the removals of reap", () => {
  const removalOf = (name: string) => ({
    // Only what is reported of a record.
    record: { name, project: `acme-${name}`, expiresTime: null } as Environment,
    reason: "expired" as const,
  });
  const removals = ["pr-1", "pr-2", "pr-3"].map(removalOf);
  const options = { kept: [], terminal: { write: () => undefined } };

  it("go on after one that fails", async () => {
    const { removed, failed, kept } = await removeEach(
      removals,
      async ({ record }) => {
        if (record.name === "pr-2") throw new EnvironmentFailure("the state is away");
      },
      options,
    );

    assert.deepEqual(
      removed.map(({ environment }) => environment),
      ["pr-1", "pr-3"],
    );
    assert.deepEqual([failed.map(({ error }) => error), kept], [["the state is away"], []]);
  });

  it("end with the one that a signal has stopped, and the others stay", async () => {
    const { removed, failed, kept } = await removeEach(
      removals,
      async ({ record }) => {
        if (record.name !== "pr-2") return;
        process.listeners("SIGTERM").at(-1)?.("SIGTERM");
        throw new EnvironmentFailure("stopped by SIGTERM");
      },
      options,
    );

    assert.deepEqual(
      [removed, failed].map((list) => list.map(({ environment }) => environment)),
      [["pr-1"], ["pr-2"]],
    );
    assert.deepEqual(kept, [
      { environment: "pr-3", project: "acme-pr-3", why: "stopped by SIGTERM; the same command goes on from here" },
    ]);
  });
});
