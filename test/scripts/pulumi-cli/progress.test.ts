import assert from "node:assert/strict";
import { mock } from "node:test";
import { withProgress } from "../../../scripts/pulumi-cli/progress";

describe("withProgress", () => {
  const said: string[] = [];
  const report = (line: string) => void said.push(line);

  beforeEach(() => {
    said.length = 0;
    mock.timers.enable({ apis: ["setInterval"] });
  });

  afterEach(() => mock.timers.reset());

  it("reports every 10 seconds what is being done", async () => {
    let packages = 0;

    await withProgress(
      report,
      () => `${packages} packages compiled`,
      async () => {
        packages = 7;
        mock.timers.tick(10_000);
        packages = 9;
        mock.timers.tick(10_000);
      },
    );

    assert.equal(said.length, 2);
    assert.match(said[0] ?? "", /^ {2}7 packages compiled, \d+ s$/);
    assert.match(said[1] ?? "", /^ {2}9 packages compiled, \d+ s$/);
  });

  it("is silent for work that takes less", async () => {
    const result = await withProgress(
      report,
      () => "working",
      async () => "done",
    );

    assert.equal(result, "done");
    assert.deepEqual(said, []);
  });

  it("stops when the work fails", async () => {
    await assert.rejects(
      withProgress(
        report,
        () => "working",
        () => Promise.reject(new Error("no")),
      ),
      /no/,
    );

    mock.timers.tick(60_000);
    assert.deepEqual(said, []);
  });
});
