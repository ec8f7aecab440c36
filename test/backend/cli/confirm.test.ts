import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { confirm } from "../../../backend/src/cli/confirm";

/** A terminal at which somebody has typed. */
function terminalWith(typed: string) {
  const input = Object.assign(new PassThrough(), { isTTY: true });
  const output = Object.assign(new PassThrough(), { isTTY: true });
  input.write(typed);
  return { input, output };
}

describe("a question before a change", () => {
  it("takes yes, and nothing else", async () => {
    await confirm("do it", false, terminalWith("yes\r"));
    await assert.rejects(confirm("do it", false, terminalWith("y\r")), { message: "Nothing was changed." });
  });

  for (const [key, typed] of Object.entries({ "Ctrl-C": "\u0003", "Ctrl-D": "\u0004" })) {
    it(`takes ${key} as a no`, async () => {
      await assert.rejects(confirm("do it", false, terminalWith(typed)), {
        name: "StartFailure",
        message: "Nothing was changed.",
        exitCode: 1,
      });
    });
  }
});
