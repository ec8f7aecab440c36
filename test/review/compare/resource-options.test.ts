import assert from "node:assert/strict";
import { compare } from "../../../review/src/compare/compare";
import type { ClientDiff } from "../../../review/src/model/access-diff";
import type { Manifest } from "../../../review/src/model/manifest";
import { manifestOf, type WrittenClient } from "../../support/review/manifests";

const TRIGGER = "sha256:one";
const OTHER_TRIGGER = "sha256:two";
const POOL = "urn:pulumi:prod::access::aws:rds/instance:Instance::pool";
const CRM: WrittenClient = { resource: "crm", permissions: ["list:tag"] };
const NEW_ID = { credential: "client ID", before: "present", after: "new" };

function changeOf(before: readonly WrittenClient[], after: readonly WrittenClient[]): ClientDiff | undefined {
  return changeBetween(manifestOf(before), manifestOf(after));
}

function changeBetween(before: Manifest, after: Manifest): ClientDiff | undefined {
  return compare([before], [after]).environments[0]?.clients[0];
}

describe("a client that is deleted with another resource", () => {
  it("may stay alive when it leaves the program, with the permissions of a grant that goes with it", () => {
    const [client] = manifestOf([CRM]).clients;
    const written = { ...CRM, deletedWith: POOL, grant: { deletedWith: client?.urn ?? "" } };

    const change = changeOf([written], []);

    assert.deepEqual(change?.effects, ["unknown"]);
    assert.match(change?.unknown ?? "", /^it is declared as deletedWith pool: where both are deleted, it stays alive /);
    assert.equal(change?.after, 1);
  });

  it("is deleted as always when only its grant is deleted with it", () => {
    const [client] = manifestOf([CRM]).clients;

    assert.deepEqual(changeOf([{ ...CRM, grant: { deletedWith: client?.urn ?? "" } }], [])?.effects, [
      "narrowed",
      "deleted",
    ]);
  });

  it("may keep its permissions when its grant is deleted with something else", () => {
    const { permissions: _, ...bare } = CRM;

    const change = changeOf([{ ...CRM, grant: { deletedWith: POOL } }], [bare]);

    assert.deepEqual(change?.effects, ["unknown"]);
    assert.match(change?.unknown ?? "", /^its grant is declared as deletedWith pool: /);
  });
});

const UNPROTECT = "set protect to false and deploy that first";
const OLD_LOCK = { unknown: "its lock file is of version 2" };

describe("a client that is protected", () => {
  const [client] = manifestOf([CRM]).clients;
  const withClient = { deletedWith: client?.urn ?? "" };
  const stays = "it is protected, so Pulumi refuses to delete it: it stays alive with its secret and keys";
  const keeps = "its grant is protected, so Pulumi refuses to delete it: the client keeps these permissions";
  const removed: Readonly<Record<string, readonly [WrittenClient, string, string, number]>> = {
    "and loses its grant": [{ ...CRM, protect: true }, `${stays}; ${UNPROTECT}`, "?", 0],
    "and whose grant leaves the state with it": [
      { ...CRM, protect: true, grant: withClient },
      `${stays}, and its permissions, which no program manages then; ${UNPROTECT}`,
      "",
      1,
    ],
    "with its grant": [{ ...CRM, protect: true, grant: { protect: true } }, `${stays}; ${UNPROTECT}`, "", 1],
    "by its grant alone": [{ ...CRM, grant: { ...withClient, protect: true } }, `${keeps}; ${UNPROTECT}`, "", 1],
    "and retained": [{ ...CRM, protect: true, retained: true }, `${stays}; ${UNPROTECT}`, "?", 0],
    "perhaps, by an old lock file": [{ ...CRM, protect: OLD_LOCK }, OLD_LOCK.unknown, "?", 0],
    "perhaps, by its grant in an old lock file": [
      { ...CRM, grant: { protect: OLD_LOCK } },
      `of its grant, ${OLD_LOCK.unknown}`,
      "",
      1,
    ],
  };
  for (const [title, [written, why, signs, after]] of Object.entries(removed)) {
    it(`is not deleted when it leaves the program: ${title}`, () => {
      const change = changeOf([written], []);

      assert.deepEqual([change?.effects, change?.unknown], [["unknown"], why]);
      assert.deepEqual([change?.permissions.map(({ sign }) => sign).join(""), change?.after], [signs, after]);
    });
  }

  it("keeps the permissions of its protected grant when that leaves the program", () => {
    const { permissions: _, ...bare } = CRM;

    const change = changeOf([{ ...CRM, grant: { protect: true } }], [bare]);

    assert.deepEqual([change?.effects, change?.unknown, change?.after], [["unknown"], `${keeps}; ${UNPROTECT}`, 1]);
  });

  it("keeps its old place when it moves to another project", () => {
    const location = { endpoint: "https://a.example", project: "other" };
    const [before, after] = [
      { ...CRM, protect: true },
      { ...CRM, protect: true, location },
    ].map((client) => manifestOf([client]));

    const { environments } = compare(before ? [before] : [], after ? [after] : []);

    assert.deepEqual(
      environments.flatMap(({ clients }) => clients).map(({ effects }) => effects),
      [["broadened", "created"], ["unknown"]],
    );
  });

  const other = { replacementTrigger: OTHER_TRIGGER, ...CRM };
  const trigger = { replacementTrigger: TRIGGER, ...CRM };
  const refused = `so Pulumi refuses to replace it, and what it has stays; ${UNPROTECT}`;
  const replaced: Readonly<Record<string, readonly [WrittenClient, WrittenClient, string | null]>> = {
    "on both sides": [{ ...trigger, protect: true }, { ...other, protect: true }, `it is protected, ${refused}`],
    "by its grant": [{ ...trigger, grant: { protect: true } }, other, `its grant is protected, ${refused}`],
    "by an old lock file": [{ ...trigger, protect: OLD_LOCK }, { ...other, protect: true }, OLD_LOCK.unknown],
    "no longer": [{ ...trigger, protect: true }, other, null],
    "only from now on": [trigger, { ...other, protect: true, grant: { protect: true } }, null],
  };
  for (const [title, [before, after, why]] of Object.entries(replaced)) {
    it(`is ${why === null ? "" : "not "}replaced when it is protected ${title}`, () => {
      const change = changeOf([before], [after]);

      assert.equal(change?.unknown, why);
      assert.deepEqual(change?.credentials, [NEW_ID]);
    });
  }

  it("keeps its grant when that is protected and would be replaced", () => {
    const grants = [TRIGGER, OTHER_TRIGGER].map((replacementTrigger) => ({ protect: true, replacementTrigger }));

    const change = changeOf([{ ...CRM, grant: grants[0] ?? {} }], [{ ...CRM, grant: grants[1] ?? {} }]);

    assert.deepEqual(
      [change?.effects, change?.unknown],
      [["unknown", "narrowed"], `its grant is protected, ${refused}`],
    );
  });

  it("is not changed by the option alone, and is deleted once the option is gone", () => {
    assert.equal(changeOf([{ ...CRM, protect: true }], [CRM]), undefined);
    assert.deepEqual(changeOf([{ ...CRM, protect: false }], [])?.effects, ["narrowed", "deleted"]);
  });
});

describe("a client that is replaced", () => {
  const replaced: Readonly<Record<string, readonly [WrittenClient, WrittenClient]>> = {
    "another trigger": [
      { ...CRM, replacementTrigger: TRIGGER },
      { ...CRM, replacementTrigger: OTHER_TRIGGER },
    ],
    "an input whose change replaces it": [CRM, { ...CRM, description: "new", replaceOnChanges: ["description"] }],
    "any change": [CRM, { ...CRM, secretOverlap: "1h", replaceOnChanges: ["*"] }],
    "a part of an input": [
      CRM,
      { ...CRM, publicKeys: { "2030": "SHA256:a" }, replaceOnChanges: ['["publicKeys"].2030'] },
    ],
    "any input, however it is written": [CRM, { ...CRM, description: "new", replaceOnChanges: ["[*]"] }],
    "another owner": [CRM, { ...CRM, owner: "team/urn", replaceOnChanges: ["managedBy"] }],
    "a preview that says so": [CRM, { ...CRM, replaced: true }],
  };
  for (const [title, [before, after]] of Object.entries(replaced)) {
    it(`gets another client ID and secret: ${title}`, () => {
      const change = changeOf([before], [after]);

      assert.ok(change?.effects.includes("credentials-changed"), String(change?.effects));
      assert.deepEqual(change?.credentials[0], NEW_ID);
    });
  }

  it("is restored with its client ID when it is adopted", () => {
    const adopt = "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa";
    const [before, after] = [TRIGGER, OTHER_TRIGGER].map((replacementTrigger) => ({
      ...CRM,
      adopt,
      replacementTrigger,
    }));

    const change = changeOf(before ? [before] : [], after ? [after] : []);

    assert.deepEqual(change?.credentials, [{ ...NEW_ID, after: "restored" }]);
    assert.deepEqual(changeOf(before ? [before] : [], [{ ...CRM, replaced: true }])?.credentials, [NEW_ID]);
  });

  const kept: Readonly<Record<string, readonly [WrittenClient, WrittenClient]>> = {
    "a new trigger": [CRM, { ...CRM, replacementTrigger: TRIGGER }],
    "a trigger that goes": [{ ...CRM, replacementTrigger: TRIGGER }, CRM],
    "the same trigger": [
      { ...CRM, replacementTrigger: TRIGGER },
      { ...CRM, replacementTrigger: TRIGGER },
    ],
    "another owner that replaces nothing": [CRM, { ...CRM, owner: "team/urn" }],
    "an owner that is not known": [
      { ...CRM, owner: null },
      { ...CRM, replaceOnChanges: ["managedBy"] },
    ],
    "another input": [CRM, { ...CRM, description: "new", replaceOnChanges: ["name"] }],
    "an option that goes": [
      { ...CRM, replaceOnChanges: ["description"] },
      { ...CRM, description: "new" },
    ],
  };
  for (const [title, [before, after]] of Object.entries(kept)) {
    it(`is not replaced by ${title}`, () => assert.equal(changeOf([before], [after]), undefined));
  }

  it("is replaced with another client of the program", () => {
    const [other] = manifestOf([{ resource: "a" }]).clients;
    const before = [
      { ...CRM, replaceWith: [other?.urn ?? ""] },
      { resource: "a", replacementTrigger: TRIGGER },
    ];
    const after = [
      { ...CRM, replaceWith: [other?.urn ?? ""] },
      { resource: "a", replacementTrigger: OTHER_TRIGGER },
    ];

    const { clients } = compare([manifestOf(before)], [manifestOf(after)]).environments[0] ?? {};

    assert.deepEqual(
      clients?.map(({ nameAfter, credentials }) => [nameAfter, credentials]),
      [
        ["a", [NEW_ID]],
        ["crm", [NEW_ID]],
      ],
    );
  });

  it("is unknown when it is replaced with a resource of another package", () => {
    const change = changeOf([CRM], [{ ...CRM, replaceWith: [POOL] }]);

    assert.deepEqual(change?.effects, ["unknown"]);
    assert.match(change?.unknown ?? "", /^it is replaced with pool \(replaceWith\)/);
  });

  it("is replaced with another client also by an option that this change removes", () => {
    const [other] = manifestOf([{ resource: "a" }]).clients;
    const before = [
      { ...CRM, replaceWith: [other?.urn ?? ""] },
      { resource: "a", replacementTrigger: TRIGGER },
    ];

    const { clients } =
      compare([manifestOf(before)], [manifestOf([CRM, { resource: "a", replacementTrigger: OTHER_TRIGGER }])])
        .environments[0] ?? {};

    assert.deepEqual(
      clients?.map(({ credentials }) => credentials),
      [[NEW_ID], [NEW_ID]],
    );
  });

  it("is unknown when what decides is unknown", () => {
    const later = { unknown: "it is known later" };
    const unknown: readonly (readonly [WrittenClient, WrittenClient, string])[] = [
      [{ ...CRM, replacementTrigger: TRIGGER }, { ...CRM, replacementTrigger: later }, later.unknown],
      [{ ...CRM, replacementTrigger: later }, { ...CRM, replacementTrigger: later }, later.unknown],
      [
        { ...CRM, description: later },
        { ...CRM, description: later, replaceOnChanges: ["description"] },
        "its description, whose change replaces it, is not known",
      ],
      [{ ...CRM, secretOverlap: "1h" }, { ...CRM, secretOverlap: later }, later.unknown],
    ];
    for (const [before, after, why] of unknown) {
      const change = changeOf([before], [after]);

      assert.deepEqual([change?.effects, change?.unknown, change?.credentials], [["unknown"], why, []]);
    }
    assert.equal(changeOf([CRM], [{ ...CRM, replacementTrigger: later }]), undefined);
  });

  it("is unknown when the replaced one stays alive", () => {
    const change = changeOf([{ ...CRM, retained: true }], [{ ...CRM, retained: true, replaced: true }]);

    assert.deepEqual(change?.effects, ["unknown", "credentials-changed"]);
    assert.match(change?.unknown ?? "", /^it is replaced, and it is retained: it stays alive /);
  });
});

describe("a grant that is replaced", () => {
  it("takes the permissions away for a moment", () => {
    const change = changeOf([CRM], [{ ...CRM, grant: { replaced: true } }]);

    assert.deepEqual([change?.effects, change?.grantReplaced], [["narrowed"], true]);
  });

  it("is not reported beside its client, which brings a new grant anyway", () => {
    const change = changeOf([CRM], [{ ...CRM, replaced: true, grant: { replaced: true } }]);

    assert.deepEqual([change?.effects, change?.grantReplaced], [["credentials-changed"], false]);
  });
});

describe("secretOverlap", () => {
  it("changes how long a superseded secret stays valid", () => {
    const change = changeOf([{ ...CRM, secretOverlap: "1h" }], [{ ...CRM, secretOverlap: "90d" }]);

    assert.deepEqual(change?.effects, ["credentials-changed"]);
    assert.deepEqual(change?.credentials, [{ credential: "secretOverlap", before: "1h", after: "90d" }]);
  });

  it("counts when it goes with a rotation, and for a client that is adopted", () => {
    const rotated = changeOf([{ ...CRM, secretOverlap: "0s" }], [{ ...CRM, secretVersion: 2 }]);
    const adopted = changeOf([], [{ ...CRM, adopt: "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa", secretOverlap: "90d" }]);

    assert.deepEqual(rotated?.credentials.at(-1), { credential: "secretOverlap", before: "0s", after: null });
    assert.deepEqual(adopted?.credentials.at(-1), { credential: "secretOverlap", before: null, after: "90d" });
  });

  it("changes nothing when it goes, and nothing of a new client", () => {
    assert.equal(changeOf([{ ...CRM, secretOverlap: "1h" }], [CRM]), undefined);
    assert.deepEqual(changeOf([], [{ ...CRM, secretOverlap: "1h" }])?.credentials, [
      { credential: "secret", before: null, after: "version 1" },
    ]);
  });
});
