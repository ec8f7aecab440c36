import assert from "node:assert/strict";
import { appendFileSync, existsSync } from "node:fs";
import { type EngineEvent, withEventLog } from "../../../environments/src/pulumi/event-log";

const line = (message: string) => JSON.stringify({ sequence: 1, diagnosticEvent: { severity: "warning", message } });

describe("the events of a run", () => {
  it("are taken in their order, whole, and to the last one", async () => {
    const messages: string[] = [];
    const take = ({ diagnosticEvent }: EngineEvent) => messages.push(diagnosticEvent?.message ?? "");

    const file = await withEventLog(async (log) => {
      const bytes = Buffer.from(`${line("first")}\n${line("zwölf ✓")}\nno JSON\n${line("last")}\n`);
      // In the middle of a character.
      const cut = bytes.indexOf("✓") + 1;
      appendFileSync(log, bytes.subarray(0, cut));
      await new Promise((resolve) => setTimeout(resolve, 500));
      appendFileSync(log, bytes.subarray(cut));
      return log;
    }, take);

    assert.deepEqual(messages, ["first", "zwölf ✓", "last"]);
    assert.equal(existsSync(file), false);
  });

  it("are taken from a run that fails, and its error is thrown", async () => {
    const messages: string[] = [];

    const running = withEventLog(
      async (log) => {
        appendFileSync(log, `${line("failed")}\n`);
        throw new TypeError("a mistake");
      },
      ({ diagnosticEvent }) => messages.push(diagnosticEvent?.message ?? ""),
    );

    await assert.rejects(running, TypeError);
    assert.deepEqual(messages, ["failed"]);
  });

  it("are none when the run writes no log", async () => {
    assert.equal(
      await withEventLog(
        async () => 1,
        () => assert.fail(),
      ),
      1,
    );
  });
});
