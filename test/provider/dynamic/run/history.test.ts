import assert from "node:assert/strict";
import { AccessClient } from "xtremepush-access";
import { historyLines } from "../../../../provider/src/dynamic/run/history";
import { CLIENT_ID, problem } from "../../../support/backend/management-answers";
import { type Step, scriptedServers } from "../../../support/sdk/scripted-server";

const TIME = "2026-11-24T10:00:00.000Z";
const page = (items: readonly object[], nextCursor: string | null = null): Step => ({ body: { items, nextCursor } });
const event = (more: object) => ({
  id: "1",
  time: TIME,
  actor: { id: "xpa_a", name: "ana of acme" },
  action: "grant.update",
  target: { type: "grant", id: CLIENT_ID, name: "CRM sync", project: "acme" },
  managedBy: null,
  revision: 5,
  before: { permissions: [] },
  after: { permissions: ["delete:list"] },
  requestId: "xpr_1",
  ...more,
});

describe("the history of a client or a grant", () => {
  const startServer = scriptedServers();
  async function connect(...steps: readonly Step[]) {
    const { endpoint, requests } = await startServer(...steps);
    return { access: new AccessClient({ endpoint, token: "xpat_a", maxRetries: 0 }), project: "acme", requests };
  }
  const ofGrant = (seen: number, live: number) => ({ client: CLIENT_ID, target: "grant" as const, seen, live });

  it("names who and when, and each permission on a line of its own", async () => {
    const change = {
      before: { permissions: ["list:profile"] },
      after: { permissions: ["export:segment", "delete:list"] },
    };

    const lines = await historyLines(await connect(page([event(change)])), ofGrant(4, 5));

    assert.deepEqual(lines, [
      `  revision 5, "ana of acme" at ${TIME}:`,
      "    + delete:list",
      "    - list:profile",
      "    + export:segment",
    ]);
  });

  it("lists the changes since the revision seen and no others, the latest first", async () => {
    const connection = await connect(
      page([
        event({ revision: 6, before: { managedBy: "a/urn" }, after: { managedBy: null } }),
        event({ revision: 9, target: { type: "client", id: CLIENT_ID, name: "CRM sync", project: "acme" } }),
        event({ revision: 5 }),
        event({ revision: 4 }),
      ]),
    );

    const lines = await historyLines(connection, ofGrant(4, 6));

    assert.deepEqual(lines, [
      `  revision 6, "ana of acme" at ${TIME}:`,
      '    managedBy: "a/urn" -> null',
      `  revision 5, "ana of acme" at ${TIME}:`,
      "    + delete:list",
    ]);
  });

  it("gives each field of a client a line, and each label of its keys", async () => {
    const connection = await connect(
      page([
        event({
          target: { type: "client", id: CLIENT_ID, name: "CRM", project: "acme" },
          action: "client.update",
          before: { name: "CRM sync", secretVersion: 1, publicKeys: { "2026": "aa", "2027": null } },
          after: { name: "CRM", secretVersion: 2, publicKeys: { "2026": null, "2027": "bb" } },
        }),
      ]),
    );

    const lines = await historyLines(connection, { client: CLIENT_ID, target: "client", seen: 4, live: 5 });

    assert.deepEqual(lines.slice(1), [
      '    name: "CRM sync" -> "CRM"',
      "    secretVersion: 1 -> 2",
      '    publicKeys.2026: "aa" -> null',
      '    publicKeys.2027: null -> "bb"',
    ]);
  });

  it("says what was done when it is more than an update, or changed no field", async () => {
    const target = { type: "client", id: CLIENT_ID, name: "CRM", project: "acme" };
    const connection = await connect(
      page([
        event({ target, revision: 6, action: "client.reissue-secret", before: null, after: null }),
        event({ target, revision: 5, action: "client.restore", before: { name: "CRM" }, after: { name: "CRM 2" } }),
      ]),
    );

    const lines = await historyLines(connection, { client: CLIENT_ID, target: "client", seen: 4, live: 6 });

    assert.deepEqual(lines, [
      `  revision 6, "ana of acme" at ${TIME}:`,
      "    client.reissue-secret",
      `  revision 5, "ana of acme" at ${TIME}:`,
      "    client.restore",
      '    name: "CRM" -> "CRM 2"',
    ]);
  });

  it("lets no name or text start a line, move the cursor or hide what follows", async () => {
    const hostile = 'ana\n  revision 9, admin at \u001b[2K\u202e\u200b"';
    const change = {
      actor: { id: "xpa_a", name: hostile },
      before: { [hostile]: hostile, permissions: [] },
      after: { permissions: [hostile], description: "d".repeat(1_000) },
    };

    const lines = await historyLines(await connect(page([event(change)])), ofGrant(4, 5));

    const spelled = '"ana\\u{a}  revision 9, admin at \\u{1b}[2K\\u{202e}\\u{200b}\\""';
    assert.deepEqual(lines, [
      `  revision 5, ${spelled} at ${TIME}:`,
      `    ${spelled}: ${spelled} -> null`,
      `    + ${spelled}`,
      `    description: null -> "${"d".repeat(199)}…"`,
    ]);
  });

  it("lists twenty of many changes, and where the others are", async () => {
    const events = Array.from({ length: 100 }, (_, index) => event({ revision: 130 - index }));
    const connection = await connect(page(events, "next"));

    const lines = await historyLines(connection, ofGrant(4, 130));

    assert.equal(lines.filter((line) => line.startsWith("  revision ")).length, 20);
    assert.equal(
      lines.at(-1),
      `  and 106 more; see \`xtremepush-access-backend client audit ${CLIENT_ID} --project acme\``,
    );
    assert.equal(connection.requests.length, 1);
  });

  it("looks at a thousand rows of the record and no more", async () => {
    const target = { type: "client", id: CLIENT_ID, name: "CRM sync", project: "acme" };
    const others = Array.from({ length: 99 }, () => event({ target, revision: 500 }));
    const pages = Array.from({ length: 12 }, (_, index) =>
      page([event({ revision: 12 - index }), ...others], `${index}`),
    );
    const connection = await connect(...pages);

    const lines = await historyLines(connection, ofGrant(0, 12));

    assert.equal(connection.requests.length, 10);
    assert.match(lines.at(-1) ?? "", /^ {2}and 2 more; see/);
  });

  it("is silent where the record cannot be read, or tells no revisions", async () => {
    const hidden = await connect(problem(403, "forbidden"));
    const old = await connect(page([event({ revision: null })]));

    assert.deepEqual(await historyLines(hidden, ofGrant(4, 5)), []);
    assert.deepEqual(await historyLines(old, ofGrant(4, 5)), []);
  });
});
