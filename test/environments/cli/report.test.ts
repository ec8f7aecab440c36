import assert from "node:assert/strict";
import { compare, deploymentManifest } from "xtremepush-access-review";
import {
  deliverLines,
  downLines,
  isChanged,
  previewLines,
  statusLines,
  upLines,
} from "../../../environments/src/cli/report";
import type { UpResult } from "../../../environments/src/run/up";
import { deploymentOf } from "../../support/environments/deployment";

const WHERE = { pulumiProject: "programs", stack: "dev" };
const stateOf = (permissions: readonly string[]) =>
  deploymentManifest(deploymentOf({ name: "CRM sync", secret: "xpcs_1", permissions }), WHERE);

const DELIVERY = { credential: 'client "CRM sync"', destination: "dotenv", place: ".env.dev" };
const UNCHANGED: UpResult = {
  environment: "dev",
  made: { project: null, stack: false, configuration: null },
  changes: {},
  clients: [{ name: "CRM sync", clientId: "xpc_crm", secretVersion: 1 }],
  access: compare([stateOf(["list:tag"])], [stateOf(["list:tag"])]),
  deliveries: [{ ...DELIVERY, state: "unchanged" }],
  earlierSecrets: [],
  rotations: [],
};
const ROTATED = {
  ...{ client: "CRM sync", clientId: "xpc_crm", version: 2, isBegun: false, earlier: [], heldBackBy: [], revision: 3 },
};

/** What the backend says of an environment that stays and that no run is changing. */
const KNOWN = { earlierSecrets: [], expiresTime: null, lock: null, unknown: null };

describe("the report of up", () => {
  it("is one line when nothing changed", () => {
    assert.deepEqual(upLines(UNCHANGED, false), [
      "Nothing changed: dev is as declared, and every credential is where it belongs.",
    ]);
    assert.deepEqual(upLines({ ...UNCHANGED, deliveries: [] }, false), ["Nothing changed: dev is as declared."]);
  });

  it("names an earlier secret that still works, until when, and what ends it", () => {
    const earlier = { client: "CRM sync", clientId: "xpc_crm", version: 1, end: "2026-12-02T10:00:00.000Z" };
    const delivered = { ...earlier, isDelivered: true };
    const earlierSecrets = [
      delivered,
      { ...delivered, version: 2, end: null },
      { ...delivered, client: "$(id)" },
      { ...earlier, isDelivered: false },
    ];
    const lines = upLines({ ...UNCHANGED, earlierSecrets }, false);

    const command = 'to end it now, run `xtremepush-access-env up dev --rotate "CRM sync" --overlap 0s`';
    assert.deepEqual(lines.slice(1), [
      "",
      "Earlier secrets that still work:",
      `  "CRM sync"  version 1, until 2026-12-02T10:00:00.000Z; ${command}`,
      `  "CRM sync"  version 2, until it is replaced; ${command}`,
      '  "$(id)"  version 1, until 2026-12-02T10:00:00.000Z',
      '  "CRM sync"  version 1, until 2026-12-02T10:00:00.000Z',
    ]);
  });

  it("does not count a configuration that is written again as a change, but all else", () => {
    const { made, deliveries } = UNCHANGED;

    const changed = [
      { ...UNCHANGED, made: { ...made, configuration: "Pulumi.dev.yaml" } },
      { ...UNCHANGED, made: { ...made, stack: true } },
      { ...UNCHANGED, made: { ...made, project: "acme" } },
      { ...UNCHANGED, changes: { update: 1 } },
      { ...UNCHANGED, rotations: [ROTATED] },
      { ...UNCHANGED, deliveries: deliveries.map((delivery) => ({ ...delivery, state: "delivered" as const })) },
      { ...UNCHANGED, deliveries: deliveries.map((delivery) => ({ ...delivery, state: "left" as const })) },
    ].map(isChanged);

    assert.deepEqual(changed, [false, true, true, true, true, true, false]);
  });

  it("has the permissions in the review's words, the clients and the credentials", () => {
    const access = compare([stateOf(["list:tag"])], [stateOf(["info:task"])]);

    assert.deepEqual(upLines({ ...UNCHANGED, changes: { update: 1 }, access }, false), [
      "Broadens access: 1 client, +1 permission; -1",
      "",
      '"programs", stack "dev"',
      '  "CRM sync"  broadened, narrowed  1 of 67 -> 1 of 67',
      "    List",
      "      - List tags seen in the project  list:tag  low",
      "    Info",
      "      + Read one background data task (import, deletion)  info:task  low",
      "        https://docs.xtremepush.com/reference/task-methods",
      "",
      "The clients of dev:",
      '  "CRM sync"  xpc_crm',
      "",
      "Credentials:",
      '  unchanged  client "CRM sync" -> dotenv .env.dev',
    ]);
  });
});

describe("the report of a rotation", () => {
  it("says what became of the earlier secrets", () => {
    const earlier = [{ version: 1, end: "2026-11-30T10:00:00.000Z" }];
    const rotations = [ROTATED, { ...ROTATED, isBegun: true, earlier }];

    assert.deepEqual(upLines({ ...UNCHANGED, rotations }, false).slice(-3), [
      "Rotated:",
      '  "CRM sync"  version 2; every earlier one has ended',
      '  "CRM sync"  version 2, which an earlier run made; version 1 works until 2026-11-30T10:00:00.000Z',
    ]);
  });
});

describe("the other reports", () => {
  it("say that a previewed environment does not exist", () => {
    const { access } = UNCHANGED;

    assert.deepEqual(previewLines({ environment: "dev", exists: false, access, deliveries: [DELIVERY] }, false), [
      "dev does not exist; this is what its program declares.",
      "No change to access",
      "",
      "`up` delivers:",
      '  client "CRM sync" -> dotenv .env.dev',
    ]);
  });

  it("say that a run died", () => {
    const clients = [{ name: "CRM sync", clientId: "xpc_crm", secretVersion: 0, project: "acme" }];
    const facts = { environment: "pr-1", exists: true, protected: false, ttl: "72h", deliveries: [], ...KNOWN };
    const unasked = { elsewhere: [], unasked: null };

    assert.deepEqual(statusLines({ ...facts, ...unasked, interrupted: true, clients }), [
      "pr-1 exists, meant to live 72h",
      "A run died before it had finished; the next `up` or `down` finishes it.",
      "",
      "Clients:",
      '  "CRM sync"  xpc_crm  no secret  project acme',
    ]);
  });

  it("say what is stale elsewhere, and that the backend was not asked", () => {
    const facts = {
      environment: "dev",
      exists: true,
      protected: false,
      ttl: null,
      interrupted: false,
      clients: [],
      ...KNOWN,
    };
    const delivery = { client: "CRM sync", destination: "github", place: "acme/crm", secretVersion: 1 };
    const elsewhere = [{ ...delivery, environment: "crm/old", state: "stale" }] as const;

    assert.deepEqual(statusLines({ ...facts, deliveries: [], elsewhere, unasked: "no answer" }), [
      "dev exists",
      "",
      "Delivered elsewhere:",
      '  stale  client "CRM sync" -> github acme/crm of crm/old',
      "",
      "The backend was not asked what is stale: no answer.",
    ]);
  });

  it("say when an environment ends, and which run has its lock", () => {
    const run = { run: "run-0001", actor: "ci", host: "runner-1", processId: 7, process: null, command: "up" };
    const times = { sinceTime: "2026-11-29T10:00:00.000Z", seenTime: "2026-11-29T10:00:30.000Z" };
    const facts = { environment: "pr-1", exists: true, protected: false, ttl: "72h", interrupted: false, clients: [] };
    const none = {
      earlierSecrets: [],
      deliveries: [],
      elsewhere: [],
      unasked: null,
      unknown: "Ends and locks are not known: no answer",
    };
    const linesOf = (live: boolean) =>
      statusLines({ ...facts, ...none, expiresTime: "2026-12-02T10:00:00.000Z", lock: { ...run, ...times, live } });

    assert.deepEqual(linesOf(true), [
      "pr-1 exists, expires at 2026-12-02T10:00:00.000Z, locked by `up` of ci on runner-1 (process 7) since 2026-11-29T10:00:00.000Z, alive",
      "",
      "Ends and locks are not known: no answer",
    ]);
    assert.match(linesOf(false)[0] ?? "", /, dead: last seen at 2026-11-29T10:00:30\.000Z$/);
  });

  it("say what was delivered, or that nothing is", () => {
    const deliveries = [{ ...DELIVERY, state: "delivered" }] as const;

    assert.deepEqual(deliverLines({ environment: "dev", deliveries }), [
      "Credentials:",
      '  delivered  client "CRM sync" -> dotenv .env.dev',
    ]);
    assert.deepEqual(deliverLines({ environment: "dev", deliveries: [] }), ["dev delivers nothing."]);
  });

  it("name what is gone", () => {
    const stays = { left: [], shared: [], unseen: [] };
    const gone = { environment: "dev", existed: true, changes: { delete: 2 }, deliveries: [], ...stays };
    const clients = [{ name: "\u001b[2J", clientId: "xpc_crm" }];

    assert.deepEqual(downLines({ ...gone, clients }), [
      "dev is down.",
      "",
      "Deleted clients:",
      '  "\\u{1b}[2J"  xpc_crm',
    ]);
  });

  it("name what stays, because nobody here knows how to remove it", () => {
    const facts = { client: "CRM sync", clientId: "xpc_crm", destination: "vault", place: "secret/crm" };
    const left = [
      { ...facts, names: ["id", "a\u202eb"] },
      { ...facts, place: "other", names: [] },
    ];
    const stays = { left, shared: [], unseen: [] };
    const down = { environment: "dev", existed: true, changes: {}, clients: [], deliveries: [], ...stays };

    assert.deepEqual(downLines(down), [
      "dev is down.",
      "",
      "Left behind, because access-env.yaml no longer says how to remove it; do it by hand:",
      '  client "CRM sync" -> vault secret/crm (id, "a\\u{202e}b")',
      '  client "CRM sync" -> vault other',
    ]);
  });

  it("say where nobody knows whether a removal has found anything", () => {
    const deliveries = [{ ...DELIVERY, state: "left" }] as const;
    const unseen = [{ ...DELIVERY, names: ["CRM_ID"] }];
    const down = {
      environment: "dev",
      existed: true,
      changes: {},
      clients: [],
      deliveries,
      left: [],
      shared: [],
      unseen,
    };
    const row =
      '  left  client "CRM sync" -> dotenv .env.dev: the place is not there, or this token may not see it; run it again with one that does';

    assert.equal(deliverLines({ environment: "dev", deliveries })[1], row);
    assert.deepEqual(upLines({ ...UNCHANGED, deliveries }, false), [
      "Nothing changed: dev is as declared.",
      "",
      "No longer delivered:",
      row,
    ]);
    assert.deepEqual(downLines(down).slice(1), [
      "",
      "Left behind, because the place is not there, or this token may not see it; run `xtremepush-access-env down dev` again with one that does, or remove it by hand:",
      '  client "CRM sync" -> dotenv .env.dev (CRM_ID)',
    ]);
    assert.equal(downLines({ ...down, existed: false })[0], "dev does not exist: nothing else is left of it.");
  });

  it("name what stays, because another environment may use the same name", () => {
    const gone = {
      environment: "PR_12",
      existed: false,
      changes: {},
      clients: [],
      deliveries: [],
      left: [],
      unseen: [],
    };
    const shared = [{ ...DELIVERY, destination: "github", place: "acme/shop", names: ["CRM_PR_12"] }];

    assert.deepEqual(downLines({ ...gone, shared: [] }), ["PR_12 does not exist: nothing is left of it."]);
    assert.deepEqual(downLines({ ...gone, shared }), [
      "PR_12 does not exist: nothing else is left of it.",
      "",
      "Left in place, because another environment may use the same name; remove it by hand when none does:",
      '  client "CRM sync" -> github acme/shop (CRM_PR_12)',
    ]);
    assert.deepEqual(downLines({ ...gone, existed: true, shared }).length, 4);
  });
});
