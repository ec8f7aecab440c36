import assert from "node:assert/strict";
import { UNKNOWN } from "pulumi-xtremepush/protocol";
import type { Client } from "xtremepush-access";
import {
  assertRotatable,
  rotationReasons,
  staleSecretMessage,
} from "../../../../provider/src/dynamic/api-client/rotation";

const CREATED = "2026-06-01T00:00:00.000Z";
const LATER = "2026-06-02T00:00:00.000Z";
const NOW = new Date("2026-06-02T12:00:00Z");

/** A secret as the backend returns it. */
function secret(version: number, more: Partial<Client["secrets"][number]> = {}): Client["secrets"][number] {
  return {
    version,
    createdTime: CREATED,
    firstUsedTime: null,
    lastUsedTime: null,
    supersededTime: null,
    expiresTime: null,
    ...more,
  };
}

function client(secretVersion: number, ...secrets: Client["secrets"]): Client {
  return {
    id: "xpc_a",
    project: "acme",
    name: "CRM",
    description: null,
    secretVersion,
    secrets,
    publicKeys: {},
    lastUsedTime: null,
    deletedTime: null,
    revision: 1,
    managedBy: null,
    createdBy: "pipeline",
    createdTime: CREATED,
    updatedBy: "pipeline",
    updatedTime: CREATED,
  };
}

describe("the check of a secret's version and overlap", () => {
  it("takes the same version, a higher one, and none at all", () => {
    for (const secretVersion of [2, 3, 7, 0, UNKNOWN, undefined]) {
      assert.deepEqual(rotationReasons({ secretVersion: 2 }, { secretVersion }), []);
    }
  });

  it("takes a state from before there were versions for one of version 1", () => {
    assert.deepEqual(rotationReasons({ name: "CRM" }, { secretVersion: 2 }), []);
  });

  it("refuses a version that goes down, and says which is next", () => {
    assert.deepEqual(rotationReasons({ secretVersion: 3 }, { secretVersion: 2 }), [
      "secretVersion: it was 3 and cannot go back to 2; declare 3 to keep that secret, 4 for a new secret, or 0 for none",
    ]);
  });

  it("names no version above the last one", () => {
    assert.deepEqual(rotationReasons({ secretVersion: 1_000_000 }, { secretVersion: 2 }), [
      "secretVersion: it was 1000000 and cannot go back to 2; declare 1000000 to keep that secret, or 0 for none",
    ]);
  });

  for (const [what, secretVersion, reason] of [
    ["a part of a number", 1.5, "secretVersion: the version of a secret is a whole number"],
    ["a text", "2", "secretVersion: the version of a secret is a whole number"],
    ["less than none", -1, "secretVersion: the version of a secret is 0 (none) or more"],
    ["too high a number", 1_000_001, "secretVersion: the version of a secret is at most 1000000"],
  ] as const) {
    it(`refuses ${what} as a version`, () => {
      assert.deepEqual(rotationReasons({}, { secretVersion }), [reason]);
    });
  }

  it("takes overlaps from none to ninety days", () => {
    for (const secretOverlap of ["0s", "24h", "90d", UNKNOWN, undefined]) {
      assert.deepEqual(rotationReasons({}, { secretOverlap }), []);
    }
  });

  for (const secretOverlap of ["1 day", "", "h", "-1h", 24] as const) {
    it(`refuses ${JSON.stringify(secretOverlap)} as an overlap`, () => {
      const [reason] = rotationReasons({}, { secretOverlap });

      assert.match(reason ?? "", /^secretOverlap: .* is a whole number and its unit, s, m, h or d, for example "24h"$/);
    });
  }

  it("refuses an overlap of more than ninety days", () => {
    assert.deepEqual(rotationReasons({}, { secretOverlap: "91d" }), ["secretOverlap: an overlap is at most 90d"]);
  });
});

describe("the preview of a rotation", () => {
  const rotate = (live: Client, version: number, overlap: string | null = null) =>
    assertRotatable(live, { version, before: live.secretVersion, overlap, now: NOW });

  it("lets the next secret be made beside one", () => {
    rotate(client(1, secret(1)), 2);
  });

  it("refuses a third live secret, and says until when the first lives", () => {
    const live = client(
      2,
      secret(1, { supersededTime: LATER, expiresTime: "2026-06-03T00:00:00.000Z" }),
      secret(2, { createdTime: LATER }),
    );

    assert.throws(() => rotate(live, 3), {
      message:
        'client xpc_a ("CRM") already has two live secrets, and version 1 lives until 2026-06-03T00:00:00.000Z: wait until then, or declare secretOverlap: "0s", which ends both immediately',
    });
  });

  it("lets a third one be made when the overlap ends the first, or both", () => {
    const live = client(
      2,
      secret(1, { supersededTime: LATER, expiresTime: "2026-06-03T00:00:00.000Z" }),
      secret(2, { createdTime: LATER }),
    );

    rotate(live, 3, "0s");
    rotate(live, 3, "12h");
  });

  it("names the unused secret that the state lacks as the fix", () => {
    const live = client(2, secret(1, { supersededTime: LATER, expiresTime: "2026-06-03T00:00:00.000Z" }), secret(2));
    const rotation = { version: 3, before: 1, overlap: null, now: NOW };

    assert.throws(() => assertRotatable(live, rotation), {
      message:
        /lives until .*: version 2 was never used, so declare secretVersion: 2 to get it, or wait until then, or /,
    });
  });

  it("does not cut short what an earlier rotation promised", () => {
    const live = client(2, secret(1, { supersededTime: CREATED, expiresTime: "2026-08-30T00:00:00.000Z" }), secret(2));

    assert.throws(() => rotate(live, 3), { message: /version 1 lives until 2026-08-30T00:00:00\.000Z: wait/ });
    rotate(live, 3, "24h");
  });

  it("allows a version to be requested again while it is unused", () => {
    rotate(client(2, secret(1, { expiresTime: LATER }), secret(2)), 2);
  });

  it("refuses a version that is in use, and says which is next", () => {
    const live = client(2, secret(2, { firstUsedTime: "2026-06-02T01:00:00.000Z" }));

    assert.throws(() => rotate(live, 2), {
      message:
        'secret version 2 of client xpc_a ("CRM") is in use since 2026-06-02T01:00:00.000Z, so its secret cannot be shown again; declare secretVersion: 3',
    });
  });

  it("names no version above the last one", () => {
    assert.throws(() => rotate(client(1_000_000), 1_000_000), {
      message: /so its secret cannot be shown again; there is no higher version: declare another client$/,
    });
  });

  it("refuses the version of a secret that has ended", () => {
    assert.throws(() => rotate(client(2), 2), {
      message: /^secret version 2 of .* no longer works, .*; declare secretVersion: 3$/,
    });
  });

  it("refuses a version below the live one", () => {
    assert.throws(() => rotate(client(4, secret(4)), 3), {
      message:
        'client xpc_a ("CRM") already had secret version 4, so it cannot have version 3; declare secretVersion: 5',
    });
  });

  it("refuses every version that there was once there is no secret, and says which is next", () => {
    const live = { ...client(0), nextSecretVersion: 2 };

    assert.throws(() => rotate(live, 1), {
      message:
        'client xpc_a ("CRM") already had secret version 1, so it cannot have version 1; declare secretVersion: 2',
    });
    rotate(live, 2);
  });

  it("refuses the higher version that a take-over has ended, and lets those below it be made", () => {
    const live = { ...client(1, secret(1)), nextSecretVersion: 6 };

    assert.throws(() => rotate(live, 5), { message: /already had secret version 5, .*; declare secretVersion: 6$/ });
    rotate(live, 2);
    rotate(live, 6);
  });

  it("names no next version after the highest", () => {
    assert.throws(() => rotate({ ...client(0), nextSecretVersion: null }, 1), {
      message:
        /already had secret version 1000000, so it cannot have version 1; there is no higher version: declare another client$/,
    });
  });

  it("leaves the version of an ended secret to an older backend, which does not report it", () => {
    rotate(client(0), 1);
  });

  it("lets all secrets be ended, however many live", () => {
    rotate(client(2, secret(1, { expiresTime: LATER }), secret(2)), 0);
  });
});

describe("a read of a client whose secret in the state is not the current one", () => {
  const held = { version: 1, updatedTime: CREATED };

  it("says nothing while it is", () => {
    assert.equal(staleSecretMessage(client(1, secret(1)), held), null);
  });

  it("says until when it works, names the next version, and says what asking for the unused one does", () => {
    const live = client(2, secret(1, { expiresTime: LATER }), secret(2));

    assert.equal(
      staleSecretMessage(live, held),
      `client xpc_a ("CRM") is at secret version 2, and the secret of version 1 in the state works until ${LATER}; declare secretVersion: 3 for a new secret, or 2 to replace the live secret, which was never used and then stops working; without effect while the program has secretVersion in ignoreChanges`,
    );
  });

  it("names the next version when the new one is in use", () => {
    const live = client(2, secret(1, { expiresTime: LATER }), secret(2, { firstUsedTime: CREATED }));

    assert.match(
      staleSecretMessage(live, held) ?? "",
      /declare secretVersion: 3 for a new secret; without effect while the program has secretVersion in ignoreChanges$/,
    );
  });

  it("says that it no longer works", () => {
    assert.equal(
      staleSecretMessage(client(1), held),
      'client xpc_a ("CRM"): the secret of version 1 in the state no longer works; declare secretVersion: 2 for a new secret; without effect while the program has secretVersion in ignoreChanges',
    );
  });

  it("says the same where another secret of that version was made after the state", () => {
    const live = client(1, secret(1, { createdTime: LATER }));

    assert.match(
      staleSecretMessage(live, held) ?? "",
      /^client xpc_a \("CRM"\): the secret of version 1 in the state no longer works; declare secretVersion: 2 for a new secret; without effect/,
    );
    assert.equal(staleSecretMessage(live, { version: 1, updatedTime: undefined }), null);
  });
});
