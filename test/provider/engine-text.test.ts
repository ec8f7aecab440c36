import assert from "node:assert/strict";
import { engineText } from "../../provider/src/engine-text";
import { programError } from "../../provider/src/program-error";
import { runCommand } from "../../scripts/pulumi-cli/run-command";
import { openHandlers } from "../support/provider/handlers";

const LOG = require.resolve("../../provider/dist/dynamic/run/engine-log.js");

describe("a message to the engine", () => {
  it("begins no command for colors, and stays one when it is made safe again", () => {
    const shown = engineText("CRM <{% <{%reset%}> <<{%{%\u001b[2J\nnext");

    assert.equal(shown, "CRM <\\u{7b}% <\\u{7b}%reset%}> <<\\u{7b}%{%\\u{1b}[2J\nnext");
    assert.equal(engineText(shown), shown);
  });

  it("is made safe in the reasons of a check, and in what the handlers report", async () => {
    const { apiClient } = await openHandlers({});
    const code = `const { ENGINE_LOG } = require(${JSON.stringify(LOG)});
      void ENGINE_LOG.warn("warns of <{%").then(() => ENGINE_LOG.inform("informs of <{%"));`;

    const { failures } = await apiClient.check({}, { name: "CRM sync", "<{%": true });
    const { stdout, stderr } = await runCommand(process.execPath, ["-e", code]);

    assert.match(failures[0]?.reason ?? "", /^there is no input "<\\u\{7b\}%"; /);
    assert.match(`${stdout}${stderr}`, /warns of <\\u\{7b\}%/);
    assert.match(`${stdout}${stderr}`, /informs of <\\u\{7b\}%/);
  });

  it("is refused in a new name or description, which the engine prints as they are", async () => {
    const { apiClient } = await openHandlers({});
    const before = { name: "CRM <{%fg 0%}>", description: "syncs <{%reset%}>", secretVersion: 1 };

    const created = await apiClient.check({}, before);
    const unchanged = await apiClient.check(before, before);
    const renamed = await apiClient.check(before, { ...before, name: "CRM <{%" });

    assert.deepEqual(
      created.failures.map(({ reason }) => reason),
      ["name", "description"].map(
        (field) => `${field}: <\\u{7b}% begins a command for colors in what Pulumi prints; leave it out`,
      ),
    );
    // Nothing else is wrong with the unchanged ones: the check goes on to the backend, which is not there.
    assert.match(unchanged.failures.map(({ reason }) => reason).join("\n"), /^no endpoint is set: [^\n]*$/);
    assert.match(renamed.failures.map(({ reason }) => reason).join("\n"), /^name: [^\n]*$/);
  });

  it("is made safe in the errors of a program as well", () => {
    assert.equal(programError("crm <{%: remove import").message, "crm <\\u{7b}%: remove import");
  });
});
