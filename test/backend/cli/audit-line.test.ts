import assert from "node:assert/strict";
import { auditLine } from "../../../backend/src/cli/audit-line";

const event = {
  id: "1",
  time: "2026-01-02T03:04:05.678Z",
  actor: { id: "xpa_a", name: "ana" },
  action: "grant.update",
  target: { type: "grant", id: "xpc_a", name: "CRM sync", project: "retail" },
  managedBy: null,
  revision: 3,
  before: null,
  after: null,
  requestId: "xpr_a",
};

describe("auditLine", () => {
  it("marks each permission that was gained or lost", () => {
    const line = auditLine({
      ...event,
      before: { permissions: ["list:profile", "list:tag"] },
      after: { permissions: ["list:profile", "export:segment"] },
    });

    assert.equal(line, "2026-01-02 03:04:05 UTC  ana  grant.update  +export:segment  -list:tag");
  });

  it("shows other fields as they were and are", () => {
    const line = auditLine({ ...event, action: "client.update", before: { name: "CRM" }, after: { name: "CRM sync" } });

    assert.equal(line, '2026-01-02 03:04:05 UTC  ana  client.update  name: "CRM" -> "CRM sync"');
  });

  it("stays one line whatever the names hold", () => {
    const line = auditLine({ ...event, actor: { id: "xpa_a", name: "a\nb\u001b[1m" }, after: { name: "x\ny" } });

    assert.doesNotMatch(line, /\p{Cc}/u);
  });

  it("shows public keys by label, and what happened to each", () => {
    const line = auditLine({
      ...event,
      action: "client.update",
      before: { publicKeys: { "2026-q1": "aa", main: "bb" } },
      after: { publicKeys: { "2026-q1": null, main: "cc", next: "dd" } },
    });

    assert.equal(
      line,
      '2026-01-02 03:04:05 UTC  ana  client.update  publicKeys.2026-q1: "aa" -> none  publicKeys.main: "bb" -> "cc"  publicKeys.next: "dd"',
    );
  });
});
