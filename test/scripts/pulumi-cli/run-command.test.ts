import assert from "node:assert/strict";
import { runCommand } from "../../../scripts/pulumi-cli/run-command";

describe("runCommand", () => {
  it("gives the exit code and what the command wrote", async () => {
    const finished = await runCommand("sh", ["-c", "echo out; echo err >&2; exit 3"]);

    assert.deepEqual(finished, { code: 3, stdout: "out", stderr: "err" });
  });

  it("gives a result for a command that does not exist", async () => {
    const finished = await runCommand("no-such-command", []);

    assert.equal(finished.code, null);
    assert.match(finished.stderr, /no-such-command E(?:NOENT|ACCES)/);
  });

  it("hands over each line of stderr as it comes", async () => {
    const lines: string[] = [];

    await runCommand("sh", ["-c", "echo one >&2; echo two >&2"], { onStderr: (line) => lines.push(line) });

    assert.deepEqual(lines, ["one", "two"]);
  });

  it("adds to the environment", async () => {
    const finished = await runCommand("sh", ["-c", 'echo "$ADDED"'], { env: { ADDED: "yes" } });

    assert.equal(finished.stdout, "yes");
  });

  it("kills a command that takes too long", async () => {
    const finished = await runCommand("sleep", ["60"], { timeout: 50 });

    assert.equal(finished.code, null);
  });
});
