import assert from "node:assert/strict";
import { RESOURCE_MODULE } from "pulumi-xtremepush/protocol";
import { compare } from "../../../review/src/compare/compare";
import { withUse } from "../../../review/src/sources/lost-use";
import { CLIENT, CLIENT_ID, GRANT, problem } from "../../support/backend/management-answers";
import { manifestOf } from "../../support/review/manifests";
import { type Step, scriptedServers } from "../../support/sdk/scripted-server";

const NOW = new Date("2026-11-29T18:00:00Z");
const URN = `urn:pulumi:prod::access::${RESOURCE_MODULE}:ApiClient::crm`;
const REPORTED = { since: "2026-09-01T00:00:00.000Z", until: "2026-11-29T17:00:00.000Z", gateways: ["edge"] };
const COUNTED = { countedSince: "2026-09-01", countedUntil: "2026-11-29", isCounted: true };
const NOT_READ = "when the permissions that are taken away were last used could not be read: ";

const BEFORE = manifestOf([{ resource: "crm", name: "CRM sync", permissions: ["list:profile", "list:tag"] }]);
const LESS = manifestOf([{ resource: "crm", name: "CRM sync", permissions: [] }]);

const usePage = (permissions: readonly object[], reported: object | null = REPORTED): Step => ({
  body: {
    ...{ project: "retail", reported, nextCursor: null },
    items: [{ clientId: CLIENT_ID, name: "CRM sync", grantedTime: CLIENT.createdTime, permissions }],
  },
});
const clientsPage = (managedBy: string | null): Step => ({
  body: { items: [{ ...CLIENT, managedBy, grant: GRANT }], nextCursor: null },
});
const USED = [
  { permission: "list:profile", lastUsedTime: "2026-11-28T23:59:59.000Z" },
  { permission: "list:tag", lastUsedTime: null },
];

describe("the use of what a change takes away", () => {
  const serve = scriptedServers();

  async function read(steps: readonly Step[], { base = BEFORE, head = LESS, more = {}, timeoutMs = 15_000 } = {}) {
    const server = await serve(...steps);
    const environment = {
      ...{ XTREMEPUSH_ENDPOINT: server.endpoint, XTREMEPUSH_PROJECT: "retail", XTREMEPUSH_TOKEN: "xpt_1" },
      ...more,
    };
    const diff = compare([base], [head]);
    const result = await withUse(diff, { declared: [base, head], environment, now: NOW, timeoutMs });
    const changes = result.diff.environments.flatMap(({ clients }) => clients).flatMap((each) => each.permissions);
    const uses = changes.map(({ permission, use }) => [permission, use]);
    return { ...result, asked: diff, uses, requests: server.requests };
  }

  it("is read for each permission that is lost, and what is in use is named first", async () => {
    const { uses, notes } = await read([usePage(USED), clientsPage(`acme/${URN}`)]);

    assert.deepEqual(uses, [
      ["list:profile", { lastUsedTime: "2026-11-28T23:59:59.000Z", daysAgo: 1, ...COUNTED }],
      ["list:tag", { lastUsedTime: null, daysAgo: null, ...COUNTED }],
    ]);
    assert.deepEqual(notes, ['takes away what is in use: list:profile of "CRM sync", used yesterday']);
  });

  it("changes neither the verdict nor the digest nor anything else", async () => {
    const { diff, asked } = await read([usePage(USED), clientsPage(`acme/${URN}`)]);

    const bare = JSON.parse(JSON.stringify(diff, (key, value) => (key === "use" ? undefined : value)));
    assert.deepEqual(bare, JSON.parse(JSON.stringify(asked)));
  });

  it("is found for a client that the program adopts, or calls by another URN", async () => {
    const adopted = manifestOf([{ resource: "crm", adopt: CLIENT_ID, permissions: ["list:profile", "list:tag"] }]);
    const moved = manifestOf([{ resource: "new", aliases: [URN], permissions: [] }]);

    const byId = await read([usePage(USED), clientsPage(null)], { base: adopted });
    const byAlias = await read([usePage(USED), clientsPage(`acme/${URN}`)], { head: moved });

    for (const { uses } of [byId, byAlias]) assert.ok(uses.every(([, use]) => use !== undefined));
  });

  it("says of an old count until when that was", async () => {
    const old = { ...REPORTED, until: "2026-11-27T23:00:00.000Z" };
    const { uses } = await read([usePage(USED, old), clientsPage(`acme/${URN}`)]);

    assert.deepEqual(uses[1]?.[1], {
      ...{ lastUsedTime: null, daysAgo: null },
      ...{ ...COUNTED, countedUntil: "2026-11-27", isCounted: false },
    });
  });

  it("is not asked for without a token, or when nothing is taken away", async () => {
    const none = await read([{ status: 500 }], { more: { XTREMEPUSH_TOKEN: " " } });
    const gains = await read([{ status: 500 }], { base: LESS, head: BEFORE });

    for (const { requests, notes, diff, asked } of [none, gains]) {
      assert.deepEqual([requests.length, notes, diff], [0, [], asked]);
    }
  });

  for (const [title, steps, why] of [
    ["refuses", [problem(403, "forbidden")], /it is forbidden$/],
    ["answers nonsense", [{ body: { nothing: true } }], /./],
    [
      "has no gateway",
      [usePage([], null), clientsPage(`acme/${URN}`)],
      /^no gateway has reported for the project "retail"$/,
    ],
    ["has no such client", [usePage(USED), clientsPage(null)], /^1 client is not in the project "retail"$/],
  ] as const) {
    it(`is left out with one note when the backend ${title}`, async () => {
      const { notes, diff, asked } = await read(steps);

      assert.equal(notes.length, 1);
      assert.ok(notes[0]?.startsWith(NOT_READ), notes[0]);
      assert.match(notes[0]?.slice(NOT_READ.length) ?? "", why);
      assert.deepEqual(diff, asked);
    });
  }

  it("is left out with one note when the backend takes too long, or no project is named", async () => {
    const slow = await read([{ delayMs: 2_000 }], { timeoutMs: 50 });
    const unnamed = await read([usePage(USED)], { more: { XTREMEPUSH_PROJECT: "" } });

    assert.deepEqual(slow.notes, [`${NOT_READ}the backend took longer than 0.05 seconds`]);
    assert.deepEqual(unnamed.notes, [`${NOT_READ}set XTREMEPUSH_PROJECT`]);
  });

  it("is not taken from a client of the same name in another project of another Provider", async () => {
    const location = { endpoint: "https://other.example.com", project: "retail" };
    const [base, head] = [["list:profile"], []].map((permissions) =>
      manifestOf([{ resource: "crm", name: "CRM sync", permissions, location }]),
    );
    assert.ok(base && head);

    const { uses } = await read([usePage(USED), clientsPage(`acme/${URN}`)], { base, head });

    assert.deepEqual(uses, [["list:profile", undefined]]);
  });
});
