import assert from "node:assert/strict";
import { RESOURCE_TYPES } from "pulumi-xtremepush/protocol";
import type { EngineEvent } from "../../../environments/src/pulumi/event-log";
import { Progress } from "../../../environments/src/pulumi/progress";
import { warnOnce } from "../../../environments/src/warnings";

const URN = `urn:pulumi:dev::programs::${RESOURCE_TYPES.apiClient.token}::crm`;
const metadata = (op: string) => ({ op, urn: URN, type: RESOURCE_TYPES.apiClient.token, provider: "" });
// Only what the progress reads of an event.
const event = (part: object) => part as EngineEvent;

const EVENTS = [
  event({ resourcePreEvent: { metadata: metadata("same") } }),
  event({ resOutputsEvent: { metadata: metadata("same") } }),
  event({ resourcePreEvent: { metadata: metadata("create") } }),
  event({ diagnosticEvent: { severity: "info", message: "CRM sync: +list:tag" } }),
  event({ diagnosticEvent: { severity: "warning", message: "<{%reset%}>is new\nand odd<{%reset%}>\n" } }),
  event({ resOutputsEvent: { metadata: metadata("create") } }),
  event({ diagnosticEvent: { severity: "error", message: "\u001b[2Jfailed" } }),
];

describe("the progress of a run", () => {
  function written(isTTY: boolean) {
    let text = "";
    const progress = new Progress({ isTTY, write: (more) => (text += more) });
    for (const each of EVENTS) progress.take(each);
    return { text, progress };
  }

  it("is a line for each resource that changes, and for warnings and errors", () => {
    const { text, progress } = written(false);

    assert.equal(text, "warning: is new\nwarning: and odd\ncreated ApiClient crm\nerror: \\u{1b}[2Jfailed\n");
    assert.deepEqual([...progress.changes], [["create", 1]]);
    assert.deepEqual(progress.errors, ["\u001b[2Jfailed"]);
  });

  it("counts a provider that the engine makes for itself, and does not name it", () => {
    let text = "";
    const progress = new Progress({ isTTY: true, write: (more) => (text += more) });
    const urn = "urn:pulumi:dev::programs::pulumi:providers:pulumi-nodejs::default";
    const step = { op: "create", urn, type: "pulumi:providers:pulumi-nodejs", provider: "" };

    progress.take(event({ resourcePreEvent: { metadata: step } }));
    progress.take(event({ resOutputsEvent: { metadata: step } }));

    assert.equal(text, "");
    assert.deepEqual([...progress.changes], [["create", 1]]);
  });

  it("does not repeat a warning that the command has shown itself", () => {
    let text = "";
    const progress = new Progress({ write: (more) => (text += more) });
    const stderr = process.stderr.write;
    const shown: unknown[] = [];
    process.stderr.write = (line) => shown.push(line) > 0;
    try {
      warnOnce("the token ends");
      warnOnce("the token ends");
    } finally {
      process.stderr.write = stderr;
    }

    progress.take(event({ diagnosticEvent: { severity: "warning", message: "the token ends (it came from here)" } }));
    progress.take(event({ diagnosticEvent: { severity: "warning", message: "another" } }));

    assert.deepEqual(shown, ["warning: the token ends\n"]);
    assert.equal(text, "warning: another\n");
  });

  it("shows on a terminal what runs now, until it has ended", () => {
    const { text } = written(true);

    const shown = "… creating ApiClient crm";
    const hidden = `\r${" ".repeat(shown.length)}\r`;
    assert.ok(text.startsWith(`${shown}${hidden}warning: is new\n${shown}${hidden}warning: and odd\n`), text);
    assert.ok(text.endsWith(`${hidden}created ApiClient crm\nerror: \\u{1b}[2Jfailed\n`), text);
  });
});
