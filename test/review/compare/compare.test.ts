import assert from "node:assert/strict";
import fc from "fast-check";
import { PERMISSION_IDS } from "xtremepush-access";
import { compare } from "../../../review/src/compare/compare";
import { AccessDiff } from "../../../review/src/model/access-diff";
import { manifestOf, type WrittenClient } from "../../support/review/manifests";

/** What changes for each client, by name. */
function effectsOf(before: readonly WrittenClient[], after: readonly WrittenClient[]): Record<string, string[]> {
  const { environments } = compare([manifestOf(before)], [manifestOf(after)]);
  const clients = environments.flatMap((environment) => environment.clients);
  return Object.fromEntries(clients.map(({ id, effects }) => [id.split("::").at(-1), effects]));
}

describe("comparing what two programs declare", () => {
  it("reports nothing that stays the same", () => {
    const sides = [manifestOf([{ resource: "crm", permissions: ["list:profile"] }])];

    const diff = compare(sides, sides);

    assert.equal(diff.verdict, "none");
    assert.deepEqual(diff.environments, []);
  });

  it("distinguishes broadened, narrowed, renamed and deleted, and takes the most serious as the verdict", () => {
    const base = manifestOf([
      { resource: "crm", permissions: ["list:profile"] },
      { resource: "etl", permissions: ["export:segment", "list:segment"] },
      { resource: "old", name: "Old name", permissions: ["list:tag"] },
      { resource: "gone", permissions: ["info:task"] },
    ]);
    const head = manifestOf([
      { resource: "crm", permissions: ["list:profile", "export:segment"] },
      { resource: "etl", permissions: ["list:segment"] },
      { resource: "old", name: "New name", permissions: ["list:tag"] },
    ]);

    const diff = compare([base], [head]);

    assert.equal(diff.verdict, "broadened");
    assert.deepEqual(
      diff.environments[0]?.clients.map(({ nameAfter, nameBefore, effects, before, after }) => [
        nameAfter ?? nameBefore,
        effects,
        `${before} to ${after}`,
      ]),
      [
        ["New name", ["renamed"], "1 to 1"],
        ["crm", ["broadened"], "1 to 2"],
        ["etl", ["narrowed"], "2 to 1"],
        ["gone", ["narrowed", "deleted"], "1 to 0"],
      ],
    );
    assert.deepEqual(diff.counts, {
      clientsBroadened: 1,
      clientsNarrowed: 2,
      clientsCredentialsChanged: 0,
      clientsCreated: 0,
      clientsRenamed: 1,
      clientsDeleted: 1,
      clientsUnknown: 0,
      gained: 1,
      lost: 2,
      gainedCritical: 1,
      gainedHigh: 0,
    });
  });

  it("counts a new client as created, and as broadened only with permissions", () => {
    assert.deepEqual(
      effectsOf(
        [],
        [
          { resource: "a", permissions: [] },
          { resource: "b", permissions: ["list:tag"] },
        ],
      ),
      {
        a: ["created"],
        b: ["broadened", "created"],
      },
    );
  });

  it("names each credential that changes", () => {
    const before = manifestOf([{ resource: "crm", secretVersion: 1, publicKeys: { "2026": "aa", old: "bb" } }]);
    const after = manifestOf([{ resource: "crm", secretVersion: 2, publicKeys: { "2026": "cc" } }]);

    const [client] = compare([before], [after]).environments[0]?.clients ?? [];

    assert.deepEqual(client?.effects, ["credentials-changed"]);
    assert.deepEqual(client?.credentials, [
      { credential: "key 2026", before: "aa", after: "cc" },
      { credential: "key old", before: "bb", after: null },
      { credential: "secret", before: "version 1", after: "version 2" },
    ]);
  });

  it("names each credential of a new client, so that each one changes the digest", () => {
    const created = (client: Partial<WrittenClient>) =>
      compare([manifestOf([])], [manifestOf([{ resource: "crm", permissions: [], ...client }])]);

    const diff = created({ publicKeys: { "2026": "aa" } });

    assert.deepEqual(diff.environments[0]?.clients[0]?.effects, ["created"]);
    assert.deepEqual(diff.environments[0].clients[0].credentials, [
      { credential: "key 2026", before: null, after: "aa" },
      { credential: "secret", before: null, after: "version 1" },
    ]);
    const others = [{ publicKeys: { "2026": "bb" } }, {}, { secretVersion: 0, publicKeys: { "2026": "aa" } }];
    assert.equal(new Set([diff, ...others.map(created)].map(({ digest }) => digest)).size, 4);
  });

  it("reports nothing about a deleted client except that it is deleted", () => {
    const [client] = compare([manifestOf([{ resource: "crm" }])], [manifestOf([])]).environments[0]?.clients ?? [];

    assert.deepEqual([client?.effects, client?.credentials], [["deleted"], []]);
  });

  it("distinguishes an adopted client, whose secret is in use, from a new one", () => {
    const adopt = "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa";
    const adopting = manifestOf([{ resource: "crm", adopt, permissions: [] }]);
    const making = manifestOf([{ resource: "crm", permissions: [] }]);

    const [client] = compare([], [adopting]).environments[0]?.clients ?? [];

    assert.deepEqual(client?.effects, ["created"]);
    assert.deepEqual(client.credentials[0], { credential: "adopted client", before: null, after: adopt });
    assert.notEqual(compare([], [adopting]).digest, compare([], [making]).digest);
    assert.equal(compare([making], [adopting]).verdict, "credentials-changed");
    assert.equal(compare([adopting], [making]).verdict, "none");
    assert.deepEqual(effectsOf([], [{ resource: "crm", adopt: { unknown: "it is made of a secret" } }]), {
      crm: ["unknown", "created"],
    });
  });

  it("follows an alias, so that a renamed resource keeps its permissions", () => {
    const before = manifestOf([{ resource: "crm", name: "CRM", permissions: ["list:tag"] }]);
    const aliases = [before.clients[0]?.urn ?? ""];
    const after = manifestOf([{ resource: "crm-sync", name: "CRM", permissions: ["list:tag"], aliases }]);

    assert.equal(compare([before], [after]).verdict, "none");
  });

  it("lets no alias take over a client that still has the URN", () => {
    const before = manifestOf([{ resource: "a", permissions: ["list:tag"] }]);
    const aliases = [before.clients[0]?.urn ?? ""];
    const after = manifestOf([
      { resource: "b", permissions: ["list:tag"], aliases },
      { resource: "a", permissions: ["list:tag"] },
    ]);

    assert.equal(compare([before], [after]).counts.clientsCreated, 1);
  });

  it("takes the first alias in the program's order, and reports when only the state can decide", () => {
    const former = (name: string) => manifestOf([{ resource: name }]).clients[0]?.urn ?? "";
    const heirs = [
      { resource: "crm", permissions: ["list:tag"], aliases: [former("never"), former("b"), former("a")] },
    ];

    assert.deepEqual(effectsOf([{ resource: "b", permissions: ["list:tag"] }], heirs), { crm: ["renamed"] });
    const before = ["a", "b"].map((resource) => ({ resource, permissions: ["list:tag"] }));
    const [, client] = compare([manifestOf(before)], [manifestOf(heirs)]).environments[0]?.clients ?? [];
    assert.deepEqual(
      [client?.nameBefore, client?.effects, client?.unknown],
      ["b", ["unknown", "renamed"], "2 of its aliases are clients in BASE, and only the state knows which one it was"],
    );
  });

  it("lets no alias match a client that the program does not declare", () => {
    const id = "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa";
    const granted = manifestOf([{ resource: "crm", permissions: ["export:segment"] }]);
    const base = { ...granted, clients: [], grants: granted.grants.map((grant) => ({ ...grant, client: id })) };
    const head = manifestOf([{ resource: "crm", permissions: ["export:segment"], aliases: [id] }]);

    const clients = compare([base], [head]).environments[0]?.clients ?? [];

    assert.deepEqual(
      clients.map(({ effects }) => effects),
      [["narrowed"], ["broadened", "created"]],
    );
  });

  it("does not know the access of a client at an unknown location", () => {
    const unknown = { unknown: "it is made of a secret" };
    for (const location of [
      { endpoint: unknown, project: "acme" },
      { endpoint: "https://eu.example.com", project: unknown },
    ]) {
      const side = manifestOf([{ resource: "crm", permissions: ["list:tag"], location }]);
      const grants = { ...side, clients: [], grants: side.grants.map((grant) => ({ ...grant, client: "xpc_a" })) };
      for (const each of [side, grants]) {
        const [client] = compare([each], [each]).environments[0]?.clients ?? [];
        assert.deepEqual([client?.effects, client?.unknown], [["unknown"], "it is made of a secret"]);
      }
    }
  });

  it("does not know the access of a client whose grant is in another location", () => {
    const location = { endpoint: "https://eu.example.com", project: "acme" };
    const side = manifestOf([{ resource: "crm", permissions: ["list:tag"] }]);
    const astray = { ...side, grants: side.grants.map((grant) => ({ ...grant, location })) };

    const [client] = compare([side], [astray]).environments[0]?.clients ?? [];

    assert.deepEqual([client?.effects, client?.unknown], [["unknown"], "it has a grant in another location"]);
  });

  it("never reports an unknown set as unchanged, or its permissions as lost", () => {
    const before = manifestOf([{ resource: "crm", permissions: ["list:tag", "list:profile"] }]);
    const after = manifestOf([
      { resource: "crm", permissions: ["list:tag"], unknownPermissions: "permissions[1] comes from another stack" },
    ]);

    const diff = compare([before], [after]);

    assert.equal(diff.verdict, "unknown");
    assert.deepEqual(
      diff.environments[0]?.clients[0]?.permissions.map(({ sign, permission }) => `${sign}${permission}`),
      ["?list:profile"],
    );
  });

  it("is unknown as a whole when a program is uncertain, even where nothing differs", () => {
    const side = manifestOf([{ resource: "crm", permissions: ["list:tag"] }]);

    const diff = compare([side], [{ ...side, uncertain: ["an output was awaited at index.ts:3"] }]);

    assert.equal(diff.verdict, "unknown");
    assert.deepEqual(diff.uncertain, [
      { stack: "prod", why: "access, stack prod: an output was awaited at index.ts:3" },
    ]);
  });

  it("treats a client that moves to another location as another client", () => {
    const location = { endpoint: "https://eu.example.com", project: "acme" };

    assert.deepEqual(
      compare(
        [manifestOf([{ resource: "crm", permissions: ["list:tag"] }])],
        [manifestOf([{ resource: "crm", permissions: ["list:tag"], location }])],
      ).environments.map((environment) => [environment.location, environment.clients[0]?.effects]),
      [
        [location, ["broadened", "created"]],
        [null, ["narrowed", "deleted"]],
      ],
    );
  });

  it("compares a grant of a client that is declared elsewhere", () => {
    const grantOf = (...permissions: string[]) => {
      const manifest = manifestOf([{ resource: "crm", permissions }]);
      const client = "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa";
      return { ...manifest, clients: [], grants: manifest.grants.map((grant) => ({ ...grant, client })) };
    };

    const [client] = compare([grantOf("list:tag")], [grantOf("list:tag", "info:task")]).environments[0]?.clients ?? [];

    assert.equal(client?.id, "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa");
    assert.deepEqual(client.effects, ["broadened"]);
  });

  it("reports a stack that one side does not have", () => {
    const dev = manifestOf([{ resource: "crm", permissions: ["list:tag"] }], { stack: "dev" });
    const prod = manifestOf([{ resource: "crm", permissions: ["list:tag"] }]);

    assert.deepEqual(
      compare([prod], [prod, dev]).environments.map(({ stack, clients }) => [stack, clients[0]?.effects]),
      [["dev", ["broadened", "created"]]],
    );
  });

  it("reports when the catalogs of both sides differ", () => {
    const before = manifestOf([{ resource: "crm", permissions: [] }], { catalog: "0.0.9" });
    const after = manifestOf([{ resource: "crm", permissions: ["list:tag"] }]);

    assert.deepEqual(compare([before], [after]).environments[0]?.catalog, { before: "0.0.9", after: "0.1.0" });
  });

  it("gives the same result for any order of clients, stacks and permissions", () => {
    const one = { resource: "one", permissions: ["list:tag", "info:task"] };
    const two = { resource: "two", permissions: ["export:segment"] };
    const dev = manifestOf([one], { stack: "dev" });

    assert.equal(
      JSON.stringify(compare([], [manifestOf([one, two]), dev])),
      JSON.stringify(compare([], [dev, manifestOf([two, { ...one, permissions: ["info:task", "list:tag"] }])])),
    );
  });

  it("gives each change its own digest, whatever the source positions", () => {
    const base = manifestOf([{ resource: "crm", permissions: ["list:tag"] }]);
    const head = manifestOf([{ resource: "crm", permissions: ["list:tag", "info:task"] }]);
    const moved = { ...head, grants: head.grants.map((grant) => ({ ...grant, source: "index.ts:99" })) };
    const other = manifestOf([{ resource: "crm", permissions: ["list:tag", "info:segment"] }]);
    const digestOf = (after: typeof head) => compare([base], [after]).digest;

    assert.match(digestOf(head), /^sha256:[0-9a-f]{64}$/);
    assert.equal(digestOf(moved), digestOf(head));
    assert.notEqual(digestOf(other), digestOf(head));
  });

  it("agrees with a five-line reference on any two sets of clients", () => {
    const permissions = fc.uniqueArray(fc.constantFrom(...PERMISSION_IDS), { maxLength: 6 });
    const side = fc.dictionary(fc.constantFrom("a", "b", "c", "d"), permissions);

    fc.assert(
      fc.property(side, side, (before, after) => {
        const written = (clients: typeof before) =>
          Object.entries(clients).map(([resource, each]) => ({ resource, permissions: each }));

        const diff = compare([manifestOf(written(before))], [manifestOf(written(after))]);

        const all = (clients: typeof before) =>
          Object.entries(clients).flatMap(([name, ids]) => ids.map((id) => `${name} ${id}`));
        const [old, young] = [all(before), all(after)];
        const gained = young.filter((entry) => !old.includes(entry)).length;
        assert.equal(diff.counts.gained, gained);
        assert.equal(diff.counts.lost, old.filter((entry) => !young.includes(entry)).length);
        assert.equal(diff.verdict === "broadened", gained > 0);
        AccessDiff.parse(diff);
      }),
      { numRuns: 200 },
    );
  });
});
