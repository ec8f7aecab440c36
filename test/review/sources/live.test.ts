import assert from "node:assert/strict";
import { RESOURCE_MODULE } from "pulumi-xtremepush/protocol";
import { compare } from "../../../review/src/compare/compare";
import { ReviewFailure } from "../../../review/src/review-failure";
import { liveManifests } from "../../../review/src/sources/live";
import { CLIENT, GRANT } from "../../support/backend/management-answers";
import { manifestOf } from "../../support/review/manifests";
import { scriptedServers } from "../../support/sdk/scripted-server";

const PROD = manifestOf([]);
const URN = `urn:pulumi:prod::access::${RESOURCE_MODULE}`;
const OTHER = "xpc_bbbbbbbbbbbbbbbbbbbbbbbbbb";

const CURRENT = {
  ...{ version: 2, createdTime: CLIENT.createdTime, firstUsedTime: null, lastUsedTime: null },
  ...{ supersededTime: null, expiresTime: null },
};
const SUPERSEDED = {
  ...{ ...CURRENT, version: 1 },
  ...{ supersededTime: CLIENT.createdTime, expiresTime: "2099-01-01T00:00:00.000Z" },
};

describe("the live resources of a stack", () => {
  const serve = scriptedServers();

  async function live(clients: readonly object[], stacks = [PROD]) {
    const { endpoint } = await serve({ status: 200, body: { items: clients, nextCursor: null } });
    const settings = { XTREMEPUSH_ENDPOINT: endpoint, XTREMEPUSH_PROJECT: "retail", XTREMEPUSH_TOKEN: "xpt_1" };
    return liveManifests(stacks, settings);
  }

  it("include the grant of each of its clients, whoever owns the grant", async () => {
    const [manifest] = await live([
      { ...CLIENT, managedBy: `acme/${URN}:ApiClient::crm`, grant: GRANT },
      { ...CLIENT, id: OTHER, grant: { ...GRANT, client: OTHER, managedBy: `acme/${URN}:ScopeGrant::etl` } },
    ]);

    assert.deepEqual(
      manifest?.grants.map(({ client, owner, permissions }) => [client, owner, permissions]),
      [
        [`${URN}:ApiClient::crm`, null, ["list:profile"]],
        [OTHER, `acme/${URN}:ScopeGrant::etl`, ["list:profile"]],
      ],
    );
  });

  it("cannot be told apart from those of another stack of the same name", async () => {
    const twice = [
      { ...CLIENT, managedBy: `acme/${URN}:ApiClient::crm`, grant: GRANT },
      { ...CLIENT, id: OTHER, managedBy: `other/${URN}:ApiClient::crm`, grant: { ...GRANT, client: OTHER } },
    ];

    await assert.rejects(live(twice), (error) => {
      assert.ok(error instanceof ReviewFailure);
      assert.match(error.message, /^the stack "prod" of "access" has several owners, "acme" and "other": /);
      return true;
    });
  });

  it("are at the location where the program declares them, when that is the one that was read", async () => {
    const { endpoint } = await serve({
      status: 200,
      body: {
        items: [{ ...CLIENT, managedBy: `acme/${URN}:ApiClient::crm`, grant: GRANT }],
        nextCursor: null,
      },
    });
    const location = { endpoint: `${endpoint}/`, project: "retail" };
    const declared = manifestOf([{ resource: "crm", name: "CRM sync", location, permissions: ["list:profile"] }]);
    const settings = { XTREMEPUSH_ENDPOINT: endpoint, XTREMEPUSH_PROJECT: "retail", XTREMEPUSH_TOKEN: "xpt_1" };

    const [manifest] = await liveManifests([declared], settings);

    assert.deepEqual([manifest?.clients[0]?.location, manifest?.grants[0]?.location], [location, location]);
  });

  for (const [title, more, shown] of [
    ["nothing when no superseded secret works", {}, []],
    ["its row when one works", { secrets: [SUPERSEDED, CURRENT] }, ["secretOverlap"]],
    ["its row when the program rotates", { secretVersion: 1 }, ["secret", "secretOverlap"]],
  ] as const) {
    it(`have no overlap of their own, and a declared one shows ${title}`, async () => {
      const written = { resource: "crm", name: CLIENT.name, secretVersion: 2, permissions: ["list:profile"] };
      const head = manifestOf([{ ...written, secretOverlap: "7d" }]);
      const client = { ...CLIENT, secretVersion: 2, secrets: [CURRENT], ...more };
      const base = await live([{ ...client, managedBy: `acme/${URN}:ApiClient::crm`, grant: GRANT }]);

      const [change] = compare(base, [head]).environments[0]?.clients ?? [];

      assert.deepEqual(
        (change?.credentials ?? []).map(({ credential }) => credential),
        shown,
      );
    });
  }

  it("cannot be compared when no stack is known", async () => {
    await assert.rejects(live([], []), ReviewFailure);
  });
});
