import assert from "node:assert/strict";
import { Core } from "../../../../sdk/src/client/core";
import { UseResource } from "../../../../sdk/src/client/resources/use";
import { CLIENT_ID } from "../../../support/backend/management-answers";
import { fakeClock } from "../../../support/sdk/fake-clock";
import { randomToken } from "../../../support/sdk/random-secrets";
import { scriptedServers } from "../../../support/sdk/scripted-server";

const DAY_MS = 86_400_000;

/** What a backend answers that is older than `notKnown`. */
function olderPage(reported: object | null) {
  const permissions = [{ permission: "list:profile", lastUsedTime: null }];
  const items = [{ clientId: CLIENT_ID, name: "CRM", grantedTime: "2026-01-01T00:00:00.000Z", permissions }];
  return { body: { project: "retail", reported, items, nextCursor: "more" } };
}

function reportedFor(days: number) {
  const [since, until] = [new Date(Date.now() - days * DAY_MS).toISOString(), new Date().toISOString()];
  return { since, until, gateways: ["edge"] };
}

describe("access.use", () => {
  const serve = scriptedServers();

  it("lists nothing as unused that a backend of an older version cannot know, and says why", async () => {
    const young = reportedFor(10);
    const server = await serve(...[null, young, reportedFor(100), young].map(olderPage));
    const use = new UseResource(new Core({ token: randomToken(), endpoint: server.endpoint }, fakeClock()));
    const read = async (query: object) => {
      const { notKnown, items, nextCursor } = await use.ofProject("retail", query);
      return [notKnown, items.length, nextCursor];
    };

    const pages = [
      ...[await read({ unusedDays: 90 }), await read({ unusedDays: 90 }), await read({ unusedDays: 90 })],
      await read({}),
    ];

    const knownFrom = new Date(Date.parse(young.since) + 90 * DAY_MS).toISOString();
    assert.deepEqual(pages, [
      [{ why: "unreported", knownFrom: null }, 0, null],
      [{ why: "young", knownFrom }, 0, null],
      [null, 1, "more"],
      [null, 1, "more"],
    ]);
  });
});
