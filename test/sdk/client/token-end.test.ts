import assert from "node:assert/strict";
import { AccessClient, warnBeforeTokenEnd } from "xtremepush-access";
import { BACKEND } from "../../support/backend/management-answers";
import { randomToken } from "../../support/sdk/random-secrets";
import { scriptedServers } from "../../support/sdk/scripted-server";

const HOUR_MS = 3_600_000;
const NOW = Date.parse("2026-11-29T10:00:00.000Z");
const ENDPOINT = "https://access.example.com";

describe("the end of a token", () => {
  const serve = scriptedServers();
  const telling = (end: string) => ({ body: BACKEND, headers: { "xtremepush-token-expires": end } });

  it("is heard from each answer that tells it, and from no other", async () => {
    const { endpoint } = await serve(
      telling("2026-12-01T10:00:00.000Z"),
      { body: BACKEND },
      telling("soon"),
      telling("2026-12-02T10:00:00.000Z"),
    );
    const ends: string[] = [];
    const onTokenEnd = (end: Date) => ends.push(end.toISOString());
    const access = new AccessClient({ endpoint, token: randomToken(), onTokenEnd });

    for (let call = 0; call < 4; call += 1) await access.backend.get();

    assert.deepEqual(ends, ["2026-12-01T10:00:00.000Z", "2026-12-02T10:00:00.000Z"]);
  });

  it("is not heard of a token that a function renews", async () => {
    const { endpoint } = await serve(telling("2026-12-01T10:00:00.000Z"));
    const access = new AccessClient({ endpoint, token: async () => randomToken(), onTokenEnd: () => assert.fail() });

    assert.deepEqual(await access.backend.get(), BACKEND);
  });

  it("is warned of in its last week, with what is left", () => {
    const warningOf = (hours: number) => {
      const warnings: string[] = [];
      const warn = warnBeforeTokenEnd(
        ENDPOINT,
        (warning) => warnings.push(warning),
        () => NOW,
      );
      warn(new Date(NOW + hours * HOUR_MS));
      return warnings.map((warning) => /, in (.*?);/.exec(warning)?.[1]);
    };

    assert.deepEqual([24 * 365, 7 * 24 + 1, 7 * 24, 48, 47.5, 1, 0.5].map(warningOf), [
      [],
      [],
      ["7 days"],
      ["2 days"],
      ["47 hours"],
      ["1 hour"],
      ["less than an hour"],
    ]);
  });

  it("is warned of once a day", () => {
    let now = NOW;
    const warnings: string[] = [];
    const warn = warnBeforeTokenEnd(
      ENDPOINT,
      (warning) => warnings.push(warning),
      () => now,
    );
    const end = new Date(NOW + 50 * HOUR_MS);

    for (const hours of [0, 1, 23, 24, 25]) {
      now = NOW + hours * HOUR_MS;
      warn(end);
    }

    assert.deepEqual(warnings, [
      `the token for ${ENDPOINT} ends at 2026-12-01T12:00:00.000Z, in 2 days; replace it before, with \`xtremepush-access-backend actor rotate\``,
      `the token for ${ENDPOINT} ends at 2026-12-01T12:00:00.000Z, in 26 hours; replace it before, with \`xtremepush-access-backend actor rotate\``,
    ]);
  });
});
