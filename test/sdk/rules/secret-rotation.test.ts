import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type ClientSecrets,
  nextSecretVersion,
  planRotation,
  type RotatableSecret,
  type SecretRequest,
  unusedSecret,
} from "xtremepush-access/rules";

const NOW = new Date("2030-05-01T12:00:00.000Z");
const YESTERDAY = new Date("2030-04-30T12:00:00.000Z");
const TONIGHT = new Date("2030-05-01T20:00:00.000Z");
const TOMORROW = new Date("2030-05-02T12:00:00.000Z");

const CURRENT: RotatableSecret = {
  version: 2,
  createdTime: YESTERDAY,
  firstUsedTime: YESTERDAY,
  supersededTime: null,
  expiresTime: null,
};
const EARLIER: RotatableSecret = { ...CURRENT, version: 1, supersededTime: YESTERDAY, expiresTime: TONIGHT };
const UNUSED: RotatableSecret = { ...CURRENT, firstUsedTime: null };

const clientWith = (...secrets: RotatableSecret[]): ClientSecrets => ({
  currentVersion: 2,
  usedVersions: [1, 2],
  secrets,
});

describe("the plan of a rotation", () => {
  const rows: readonly (readonly [title: string, client: ClientSecrets, asked: SecretRequest, expected: object])[] = [
    ["leaves all as it is when nothing is asked", clientWith(EARLIER, CURRENT), {}, { kind: "unchanged" }],
    [
      "makes the next secret and ends the current one a day later",
      clientWith(CURRENT),
      { secretVersion: 3 },
      {
        ...{ kind: "planned", version: 3, makesSecret: true, replaces: null },
        ends: [{ secret: CURRENT, supersededTime: NOW, end: TOMORROW }],
      },
    ],
    [
      "makes none for version 0",
      clientWith(CURRENT),
      { secretVersion: 0, secretOverlap: "0s" },
      {
        ...{ kind: "planned", version: 0, makesSecret: false, replaces: null },
        ends: [{ secret: CURRENT, supersededTime: NOW, end: NOW }],
      },
    ],
    [
      "moves only the end of the earlier ones for an overlap alone",
      clientWith(EARLIER, CURRENT),
      { secretOverlap: "2d" },
      {
        ...{ kind: "planned", version: 2, makesSecret: false, replaces: null },
        ends: [{ secret: EARLIER, supersededTime: YESTERDAY, end: TOMORROW }],
      },
    ],
    [
      "leaves all as it is for the overlap that is there",
      clientWith(EARLIER, CURRENT),
      { secretOverlap: "32h" },
      { kind: "unchanged" },
    ],
    [
      "replaces the current secret while nobody has used it, and lets the overlap begin again",
      clientWith(EARLIER, UNUSED),
      { secretVersion: 2 },
      {
        ...{ kind: "planned", version: 2, makesSecret: true, replaces: UNUSED },
        ends: [{ secret: EARLIER, supersededTime: NOW, end: new Date("2030-05-02T20:00:00.000Z") }],
      },
    ],
    [
      "refuses the current version once its secret was used",
      clientWith(CURRENT),
      { secretVersion: 2 },
      { kind: "refused", reason: "secret_used", firstUsedTime: YESTERDAY, nextVersion: 3 },
    ],
    [
      "refuses the current version when its secret is dead",
      clientWith({ ...CURRENT, expiresTime: NOW }),
      { secretVersion: 2 },
      { kind: "refused", reason: "secret_dead", nextVersion: 3 },
    ],
    [
      "refuses a lower version",
      clientWith(CURRENT),
      { secretVersion: 1 },
      { kind: "refused", reason: "version_used", version: 1, nextVersion: 3 },
    ],
    [
      "refuses a version that was had, and knows no next one after the last",
      { ...clientWith(CURRENT), usedVersions: [1, 2, 1_000_000] },
      { secretVersion: 1_000_000 },
      { kind: "refused", reason: "version_used", version: 1_000_000, nextVersion: null },
    ],
    [
      "refuses each version up to the highest after version 0",
      { currentVersion: 0, usedVersions: [4], secrets: [] },
      { secretVersion: 3 },
      { kind: "refused", reason: "version_used", version: 3, nextVersion: 5 },
    ],
    [
      "takes a version between the current one and one that a take-over has ended",
      { currentVersion: 1, usedVersions: [1, 9], secrets: [] },
      { secretVersion: 4 },
      { kind: "planned", version: 4, makesSecret: true, replaces: null, ends: [] },
    ],
    [
      "refuses a third secret and names the one that ends first",
      clientWith(EARLIER, CURRENT),
      { secretVersion: 3 },
      { kind: "refused", reason: "no_room", first: EARLIER, until: TONIGHT, unused: null },
    ],
    [
      "refuses a third secret and names the current one that nobody has used",
      clientWith(EARLIER, UNUSED),
      { secretVersion: 3 },
      { kind: "refused", reason: "no_room", first: EARLIER, until: TONIGHT, unused: UNUSED },
    ],
    [
      "has room for a third when the overlap ends the first",
      clientWith(EARLIER, CURRENT),
      { secretVersion: 3, secretOverlap: "1h" },
      {
        ...{ kind: "planned", version: 3, makesSecret: true, replaces: null },
        ends: [
          { secret: EARLIER, supersededTime: YESTERDAY, end: new Date("2030-04-30T13:00:00.000Z") },
          { secret: CURRENT, supersededTime: NOW, end: new Date("2030-05-01T13:00:00.000Z") },
        ],
      },
    ],
  ];
  for (const [title, client, asked, expected] of rows) {
    it(title, () => assert.deepEqual(planRotation(client, asked, NOW), expected));
  }

  it("gives each version once, keeps at most two alive and names a fix that works, whatever is asked in a row", () => {
    const overlaps = fc.constantFrom(undefined, "0s", "1h", "24h", "7d");
    const move = fc.record({
      hours: fc.integer({ min: 0, max: 48 }),
      secretVersion: fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined }),
      secretOverlap: overlaps,
      uses: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(move, { maxLength: 12 }), (moves) => {
        let client: ClientSecrets = { currentVersion: 1, usedVersions: [1], secrets: [{ ...UNUSED, version: 1 }] };
        let time = NOW.getTime();
        for (const { hours, uses, ...asked } of moves) {
          time += hours * 3_600_000;
          const now = new Date(time);
          const plan = planRotation(client, asked, now);
          if (plan.kind === "planned") client = applied(client, plan, now);
          if (plan.kind === "refused") assertNamedFix({ client, now, plan, version: asked.secretVersion });
          assertRules(client, now);
          if (uses)
            client = {
              ...client,
              secrets: client.secrets.map((one) => ({ ...one, firstUsedTime: one.firstUsedTime ?? now })),
            };
        }
      }),
    );
  });
});

describe("the unused secret of a client", () => {
  it("is the current one while nobody has used it", () => {
    assert.equal(unusedSecret(clientWith({ ...EARLIER, firstUsedTime: null }, UNUSED)), UNUSED);
    assert.equal(unusedSecret(clientWith({ ...EARLIER, firstUsedTime: null }, CURRENT)), null);
    assert.equal(unusedSecret(clientWith()), null);
  });
});

interface Refused {
  readonly client: ClientSecrets;
  readonly now: Date;
  readonly plan: Extract<ReturnType<typeof planRotation>, { kind: "refused" }>;
  readonly version: number | undefined;
}

/** What a refusal names works. */
function assertNamedFix({ client, now, plan, version }: Refused): void {
  const secretVersion = plan.reason === "no_room" ? version : (plan.nextVersion ?? 0);
  assert.equal(planRotation(client, { secretVersion, secretOverlap: "0s" }, now).kind, "planned");
  if (plan.reason !== "no_room") return;
  assert.ok(plan.until > now);
  if (plan.unused === null) return;
  assert.equal(planRotation(client, { secretVersion: plan.unused.version }, now).kind, "planned");
}

function assertRules(client: ClientSecrets, now: Date): void {
  const live = liveSecrets(client, now);
  assert.ok(live.length <= 2, "at most two live");
  assert.ok(live.filter(({ expiresTime }) => expiresTime === null).length <= 1, "at most one has no end");
  assert.equal(new Set(client.usedVersions).size, client.usedVersions.length, "a version is had once");
  assert.equal(nextSecretVersion(client), Math.max(...client.usedVersions) + 1);
}

function liveSecrets({ secrets }: ClientSecrets, now: Date): readonly RotatableSecret[] {
  return secrets.filter(({ expiresTime }) => expiresTime === null || expiresTime > now);
}

/** Writes a plan as the backend does. */
function applied(
  client: ClientSecrets,
  plan: Extract<ReturnType<typeof planRotation>, { kind: "planned" }>,
  now: Date,
): ClientSecrets {
  const kept = client.secrets
    .filter((secret) => secret !== plan.replaces)
    .map((secret) => {
      const planned = plan.ends.find((one) => one.secret === secret);
      return planned === undefined
        ? secret
        : { ...secret, supersededTime: planned.supersededTime, expiresTime: planned.end };
    });
  const made = { ...UNUSED, version: plan.version, createdTime: now };
  return {
    currentVersion: plan.version,
    usedVersions:
      plan.makesSecret && plan.replaces === null ? [...client.usedVersions, plan.version] : client.usedVersions,
    secrets: plan.makesSecret ? [...kept, made] : kept,
  };
}
