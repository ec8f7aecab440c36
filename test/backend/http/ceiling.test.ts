import assert from "node:assert/strict";
import { PERMISSION_IDS } from "xtremepush-access/catalog";
import { ActorCreated, AuditPage, type Problem } from "xtremepush-access/schemas";
import { type Answer, assertProblem, type Call, callerOf } from "../../support/backend/api";
import { startTestBackend, type TestBackend } from "../../support/backend/backend";
import { makeCertificate } from "../../support/sdk/certificates";

interface Giving {
  readonly permissions: readonly string[];
  readonly managedBy?: string;
  readonly ifMatch: number;
}

describe("the ceiling of an actor", function () {
  this.timeout(60_000);
  let backend: TestBackend;
  let admin: Call;
  let pem: string;
  let made = 0;

  before(async () => {
    backend = await startTestBackend();
    admin = callerOf(backend.endpoint, backend.adminToken);
    await admin("POST /v1/projects", { body: { slug: "web" } });
    ({ certificate: pem } = await makeCertificate());
  });
  after(() => backend.close());

  /** An editor that may cause all permissions but these. */
  const editorWithout = async (...permissions: readonly string[]) => {
    const ceiling = PERMISSION_IDS.filter((id) => !permissions.includes(id));
    return callerOf(backend.endpoint, await backend.makeActor("editor", ["web"], { ceiling }));
  };
  const makeClient = async (call: Call, fields: object = {}) => {
    made += 1;
    const { body } = await call("POST /v1/projects/web/clients", { body: { name: `Client ${made}`, ...fields } });
    return { ...body, path: `/v1/projects/web/clients/${body.id}` };
  };
  const give = (call: Call, path: string, { ifMatch, ...body }: Giving) =>
    call(`PUT ${path}/permissions`, { body, ifMatch });
  const assertAbove = (answer: Answer, ...permissions: readonly string[]): Problem => {
    const problem = assertProblem(answer, "above_ceiling");
    assert.deepEqual([answer.status, problem.permissions], [403, permissions]);
    for (const permission of permissions) assert.ok(problem.detail.includes(permission), problem.detail);
    return problem;
  };

  it("keeps each permission of the catalog, and only that one, from every route that gives it", async () => {
    const [empty, full, deleted] = [await makeClient(admin), await makeClient(admin), await makeClient(admin)];
    for (const { path } of [full, deleted]) await give(admin, path, { permissions: PERMISSION_IDS, ifMatch: 0 });
    await admin(`DELETE ${deleted.path}`, { ifMatch: 1 });
    const arming = [{ secretVersion: 1 }, { publicKeys: { main: pem } }, { managedBy: "acme/other" }];

    for (const permission of PERMISSION_IDS) {
      const editor = await editorWithout(permission);

      assertAbove(await give(editor, empty.path, { permissions: PERMISSION_IDS, ifMatch: 0 }), permission);
      assertAbove(await give(editor, empty.path, { permissions: [permission], ifMatch: 0 }), permission);
      const taken = { permissions: PERMISSION_IDS, ifMatch: 1, managedBy: "acme/other" };
      assertAbove(await give(editor, full.path, taken), permission);
      for (const body of arming) assertAbove(await editor(`PATCH ${full.path}`, { body, ifMatch: 1 }), permission);
      assertAbove(await editor(`POST ${deleted.path}/restore`, { body: {} }), permission);
    }
    const editor = await editorWithout();
    const [secret = {}] = arming;
    assert.equal((await editor(`PATCH ${full.path}`, { body: secret, ifMatch: 1 })).status, 200);
    assert.equal((await editor(`POST ${deleted.path}/restore`, { body: {} })).status, 200);
    assert.equal((await give(editor, empty.path, { permissions: PERMISSION_IDS, ifMatch: 0 })).status, 200);
  });

  it("lets an actor take away, rename and release what is above it", async () => {
    const editor = await editorWithout("export:segment", "list:profile");
    const { path } = await makeClient(admin, { managedBy: "acme/crm" });
    await give(admin, path, {
      permissions: ["export:segment", "list:profile", "list:tag"],
      ifMatch: 0,
      managedBy: "acme/crm",
    });

    const kept = await give(editor, path, { permissions: ["export:segment", "info:profile"], ifMatch: 1 });
    const released = await editor(`PATCH ${path}`, { body: { name: "Renamed", managedBy: null }, ifMatch: 1 });

    assert.deepEqual(kept.body.permissions, ["info:profile", "export:segment"]);
    assert.deepEqual([released.body.name, released.body.managedBy], ["Renamed", null]);
    assertAbove(
      await give(editor, path, { permissions: ["export:segment", "list:profile"], ifMatch: 2 }),
      "list:profile",
    );
    assert.equal((await give(editor, path, { permissions: [], ifMatch: 2 })).status, 200);
  });

  it("lets nobody keep an old secret alive longer", async () => {
    const editor = await editorWithout("export:segment");
    const { path } = await makeClient(admin, { secretVersion: 1 });
    await give(admin, path, { permissions: ["export:segment"], ifMatch: 0 });
    await admin(`PATCH ${path}`, { body: { secretVersion: 2, secretOverlap: "1h" }, ifMatch: 1 });

    assertAbove(await editor(`PATCH ${path}`, { body: { secretOverlap: "2d" }, ifMatch: 2 }), "export:segment");
    assert.equal((await editor(`PATCH ${path}`, { body: { secretOverlap: "0s" }, ifMatch: 2 })).status, 200);
  });

  it("keeps an interrupted create from handing out a secret of a client that may do more by now", async () => {
    const ceiling = PERMISSION_IDS.filter((id) => id !== "export:segment");
    const editor = callerOf(backend.endpoint, await backend.makeActor("editor", ["web"], { ceiling }));
    const fields = { name: "Taken over", managedBy: "acme/taken-over", secretVersion: 1 };
    const { path } = await makeClient(editor, fields);
    await give(admin, path, { permissions: ["export:segment"], ifMatch: 0 });

    assertAbove(await editor("POST /v1/projects/web/clients", { body: fields }), "export:segment");
  });

  it("lets an actor whose ceiling is the whole catalog make none without a ceiling, because the catalog grows", async () => {
    const body = { name: "everything", role: "admin", ceiling: PERMISSION_IDS };
    const made = ActorCreated.parse((await admin("POST /v1/actors", { body })).body);
    const bounded = callerOf(backend.endpoint, made.token);

    const without = await bounded("POST /v1/actors", { body: { name: "unbounded", role: "admin" } });
    const within = await bounded("POST /v1/actors", { body: { ...body, name: "bounded too" } });
    const viewer = await bounded("POST /v1/actors", { body: { name: "looker", role: "viewer", projects: ["web"] } });

    assert.match(assertProblem(without, "forbidden").detail, /the actor everything has a ceiling, .*set ceiling$/);
    assert.deepEqual([within.status, viewer.status], [201, 201]);
  });

  it("bounds the actors that an admin with a ceiling and an end makes", async () => {
    const body = {
      name: "bounded",
      role: "admin",
      ceiling: ["list:profile", "list:tag"],
      expiresTime: "2999-01-01T00:00:00Z",
    };
    const bounded = callerOf(
      backend.endpoint,
      ActorCreated.parse((await admin("POST /v1/actors", { body })).body).token,
    );
    const make = (name: string, fields: object) =>
      bounded("POST /v1/actors", { body: { name, role: "editor", projects: ["web"], ...fields } });
    const end = { expiresTime: "2998-01-01T00:00:00Z" };

    assertAbove(await make("open", end), ...PERMISSION_IDS.filter((id) => !body.ceiling.includes(id)));
    assertAbove(await make("higher", { ...end, ceiling: ["list:tag", "export:segment"] }), "export:segment");
    const endless = assertProblem(await make("endless", { ceiling: ["list:tag"] }), "forbidden");
    assert.match(
      endless.detail,
      /the token of the actor bounded ends at 2999-01-01T00:00:00\.000Z, .*set expiresTime$/,
    );
    assert.equal((await make("within", { ...end, ceiling: ["list:tag"] })).status, 201);
    assert.equal((await make("reader", { ...end, role: "viewer" })).status, 201);
  });

  it("refuses a ceiling for a viewer, and a permission that is not in the catalog", async () => {
    const viewer = { name: "v", role: "viewer", projects: ["web"], ceiling: [] };
    const misspelt = { name: "m", role: "editor", projects: ["web"], ceiling: ["list:profil"] };

    const [refusedViewer, refusedName] = [viewer, misspelt].map((body) => admin("POST /v1/actors", { body }));

    assert.match(
      assertProblem(await (refusedViewer ?? assert.fail()), "validation_failed").detail,
      /^ceiling: a gateway or a viewer takes no/,
    );
    assert.match(assertProblem(await (refusedName ?? assert.fail()), "validation_failed").detail, /list:profile/);
  });

  it("records a refusal in the audit trail", async () => {
    const editor = await editorWithout("export:segment");
    const { path } = await makeClient(editor);
    await give(editor, path, { permissions: ["export:segment"], ifMatch: 0 });

    const { items } = AuditPage.parse((await admin("GET /v1/audit?action=access.refused&limit=1")).body);

    assert.deepEqual([items[0]?.after?.["code"], items[0]?.target.name], ["above_ceiling", "web"]);
  });
});
