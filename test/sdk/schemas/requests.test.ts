import assert from "node:assert/strict";
import { expectTypeOf } from "expect-type";
import type { Permission } from "xtremepush-access";
import {
  ActorCreate,
  ClientCreate,
  ClientPatch,
  ClientQuery,
  ClientReadQuery,
  ClientRestore,
  GrantPut,
  ListQuery,
  ProjectCreate,
  UseReport,
} from "xtremepush-access/schemas";

describe("requests are read strictly", () => {
  it("so that an unknown field is refused by its name", () => {
    assert.match(
      String(ClientCreate.safeParse({ name: "CRM", colour: "red" }).error),
      /Unrecognized key: \\"colour\\"/,
    );
    assert.equal(ClientPatch.safeParse({ revision: 3 }).success, false);
    assert.equal(GrantPut.safeParse({ permissions: [], client: "xpc_" }).success, false);
    assert.equal(ProjectCreate.safeParse({ slug: "retail", id: 1 }).success, false);
    assert.equal(ListQuery.safeParse({ offset: 1 }).success, false);
    assert.equal(ClientQuery.safeParse({ order: "name" }).success, false);
    assert.equal(ActorCreate.safeParse({ name: "ci", role: "admin", token: "mine" }).success, false);
  });

  it("so that what does not fit its type is refused", () => {
    assert.equal(ClientCreate.safeParse({ name: 42 }).success, false);
    assert.equal(ClientCreate.safeParse([]).success, false);
    assert.equal(GrantPut.safeParse({ permissions: { "list:profile": true } }).success, false);
    assert.equal(GrantPut.safeParse({}).success, false);
  });
});

describe("the create of a client", () => {
  it("makes a secret when nothing else is said", () => {
    assert.deepEqual(ClientCreate.parse({ name: " CRM " }), { name: "CRM", secretVersion: 1 });
    assert.deepEqual(ClientCreate.parse({ name: "CRM", secretVersion: 0 }), { name: "CRM", secretVersion: 0 });
    assert.deepEqual(ClientCreate.parse({ name: "CRM", secretVersion: 7 }), { name: "CRM", secretVersion: 7 });
  });

  it("takes public keys by label", () => {
    assert.deepEqual(ClientCreate.parse({ name: "CRM", publicKeys: { "2026-q4": "pem" } }).publicKeys, {
      "2026-q4": "pem",
    });
  });
});

describe("the version of a secret", () => {
  it("is a whole number from 0 to a million", () => {
    for (const secretVersion of [0, 1, 1_000_000]) {
      assert.equal(ClientPatch.parse({ secretVersion }).secretVersion, secretVersion);
    }
    for (const secretVersion of [-1, 1.5, 1_000_001, "2", null, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.equal(ClientPatch.safeParse({ secretVersion }).success, false, String(secretVersion));
    }
  });
});

describe("the patch of a client", () => {
  it("tells a field left out from one that is taken away", () => {
    assert.deepEqual(ClientPatch.parse({}), {});
    assert.deepEqual(ClientPatch.parse({ description: null, managedBy: null }), { description: null, managedBy: null });
    assert.deepEqual(ClientPatch.parse({ description: " " }), { description: null });
    assert.equal(ClientPatch.safeParse({ name: null }).success, false);
  });
});

describe("the restore of a client", () => {
  it("takes a name and an owner, or neither", () => {
    assert.deepEqual(ClientRestore.parse({}), {});
    assert.deepEqual(ClientRestore.parse({ name: " CRM ", managedBy: "acme/urn" }), {
      name: "CRM",
      managedBy: "acme/urn",
    });
    assert.equal(ClientRestore.safeParse({ name: "" }).success, false);
    assert.equal(ClientRestore.safeParse({ description: "x" }).success, false);
  });
});

describe("the state of clients", () => {
  it("is live, deleted or any of both", () => {
    assert.deepEqual(ClientReadQuery.parse({}), { state: "live" });
    assert.equal(ClientQuery.parse({ state: "deleted" }).state, "deleted");
    assert.equal(ClientQuery.safeParse({ state: "gone" }).success, false);
  });

  it("is not asked for unless it is given, so that an older backend understands the query", () => {
    assert.deepEqual(ClientQuery.parse({}), { limit: 100 });
  });
});

describe("the create of an actor", () => {
  it("binds an editor to owners, and nobody else", () => {
    const bound = { name: "ci", projects: ["retail"], ownerPrefix: " team-a/ " };

    assert.equal(ActorCreate.parse({ ...bound, role: "editor" }).ownerPrefix, "team-a/");
    assert.equal(ActorCreate.safeParse({ ...bound, role: "viewer" }).success, false);
    assert.equal(ActorCreate.safeParse({ ...bound, role: "gateway" }).success, false);
    assert.equal(ActorCreate.safeParse({ name: "ops", role: "admin", ownerPrefix: "team-a/" }).success, false);
  });

  it("refuses a beginning of owners that is also that of other teams", () => {
    const editor = { name: "ci", role: "editor", projects: ["retail"] };

    for (const ownerPrefix of ["team-a", "", " "]) {
      assert.equal(ActorCreate.safeParse({ ...editor, ownerPrefix }).success, false, ownerPrefix);
    }
    assert.equal(ActorCreate.safeParse({ ...editor, ownerPrefix: "team-a/urn:pulumi:prod::" }).success, true);
  });

  it("gives a ceiling to those that change grants only", () => {
    const bound = { name: "ci", projects: ["retail"], ceiling: ["list:profile"] };

    assert.equal(ActorCreate.safeParse({ ...bound, role: "editor" }).success, true);
    assert.equal(ActorCreate.safeParse({ ...bound, role: "viewer" }).success, false);
    assert.equal(ActorCreate.safeParse({ ...bound, role: "gateway" }).success, false);
  });

  it("needs projects for a gateway, a viewer or an editor, and takes none for an admin", () => {
    assert.equal(ActorCreate.safeParse({ name: "edge", role: "gateway", projects: ["retail"] }).success, true);
    assert.equal(ActorCreate.safeParse({ name: "edge", role: "gateway" }).success, false);
    assert.equal(ActorCreate.safeParse({ name: "ci", role: "editor", projects: ["retail"] }).success, true);
    assert.equal(ActorCreate.safeParse({ name: "ops", role: "admin" }).success, true);
    assert.equal(ActorCreate.safeParse({ name: "ci", role: "editor" }).success, false);
    assert.equal(ActorCreate.safeParse({ name: "ci", role: "viewer", projects: [] }).success, false);
    assert.equal(ActorCreate.safeParse({ name: "ops", role: "admin", projects: ["retail"] }).success, false);
  });

  it("knows four roles and an end in UTC", () => {
    assert.equal(ActorCreate.safeParse({ name: "ops", role: "root" }).success, false);
    assert.equal(
      ActorCreate.safeParse({ name: "ops", role: "admin", expiresTime: "2027-01-01T00:00:00Z" }).success,
      true,
    );
    assert.equal(ActorCreate.safeParse({ name: "ops", role: "admin", expiresTime: "tomorrow" }).success, false);
  });
});

describe("the query of a listing", () => {
  it("reads numbers from the texts of an address", () => {
    assert.deepEqual(ListQuery.parse({ limit: "20" }), { limit: 20 });
    assert.deepEqual(ListQuery.parse({}), { limit: 100 });
  });

  it("keeps a page between 1 and 1,000", () => {
    for (const limit of ["0", "-1", "1001", "1.5", "many", "", ["5", "6"]]) {
      assert.equal(ListQuery.safeParse({ limit }).success, false, JSON.stringify(limit));
    }
    assert.equal(ListQuery.safeParse({ limit: "1000" }).success, true);
  });

  it("reads a name and an owner as they are stored", () => {
    assert.deepEqual(ClientQuery.parse({ name: " Cafe\u0301 ", managedBy: "acme/cafe\u0301" }), {
      limit: 100,
      name: "Caf\u00e9",
      managedBy: "acme/caf\u00e9",
    });
    assert.equal(ClientQuery.safeParse({ permission: "list:profil" }).success, false);
  });

  it("is typed for programs: a limit is a number", () => {
    expectTypeOf<ListQuery["limit"]>().toEqualTypeOf<number | undefined>();
    expectTypeOf<ClientQuery["name"]>().toEqualTypeOf<string | undefined>();
  });

  it("is typed for programs: a permission is one of the catalog", () => {
    expectTypeOf<ClientQuery["permission"]>().toEqualTypeOf<Permission | undefined>();
    expectTypeOf<{ permission: "lst:profile" }>().not.toExtend<ClientQuery>();
  });
});

describe("a report of use", () => {
  const hour = "2026-02-03T04:00:00.000Z";
  const use = {
    ...{ clientId: "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa", permission: "list:profile", hour, count: 2, refused: 0 },
    ...{ first: "2026-02-03T04:05:06.789Z", last: "2026-02-03T04:59:59.999Z" },
  };
  const report = { gateway: "edge", batch: "1", from: hour, to: "2026-02-03T05:00:00.000Z", uses: [use] };
  const accepts = (more: object) => UseReport.safeParse({ ...report, uses: [{ ...use, ...more }] }).success;

  it("has calls within their hour", () => {
    assert.equal(accepts({}), true);
    assert.equal(accepts({ hour: "2026-02-03T04:01:00.000Z" }), false);
    assert.equal(accepts({ last: "2026-02-03T05:00:00.000Z" }), false);
    assert.equal(accepts({ first: "2026-02-03T03:59:59.999Z" }), false);
    assert.equal(accepts({ first: use.last, last: use.first }), false);
    assert.equal(accepts({ count: 0 }), false);
    assert.equal(accepts({ count: 0, refused: 1 }), true);
  });

  it("takes a permission of a newer catalog, so that the other uses count", () => {
    assert.equal(accepts({ permission: "list:newer-thing" }), true);
    assert.equal(accepts({ permission: "two words" }), false);
  });

  it("may have no uses, and at most 200", () => {
    assert.equal(UseReport.safeParse({ ...report, uses: [] }).success, true);
    assert.equal(UseReport.safeParse({ ...report, uses: Array(201).fill(use) }).success, false);
    assert.equal(UseReport.safeParse({ ...report, to: "2026-02-03T03:00:00.000Z" }).success, false);
  });
});
