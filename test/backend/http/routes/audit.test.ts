import assert from "node:assert/strict";
import { AuditPage } from "xtremepush-access/schemas";
import { assertProblem, type Call, callerOf } from "../../../support/backend/api";
import { startTestBackend, type TestBackend } from "../../../support/backend/backend";

describe("the routes of the record", function () {
  this.timeout(30_000);
  let backend: TestBackend;
  let admin: Call;
  let client: string;

  before(async () => {
    backend = await startTestBackend();
    admin = callerOf(backend.endpoint, backend.adminToken);
    await admin("POST /v1/projects", { body: { slug: "web" } });
    await admin("POST /v1/projects", { body: { slug: "shop" } });
    await admin("POST /v1/projects/shop/clients", { body: { name: "Elsewhere" } });
    const { body } = await admin("POST /v1/projects/web/clients", { body: { name: "CRM", managedBy: "acme/urn" } });
    client = `/v1/projects/web/clients/${body.id}`;
    await admin(`PUT ${client}/permissions`, { body: { permissions: ["list:profile"] }, ifMatch: 0 });
    await admin("POST /v1/projects/web/clients", { body: { name: "Other" } });
    await admin(`DELETE ${client}`, { ifMatch: 1 });
  });
  after(() => backend.close());

  it("show what happened to one client, newest first, also after its delete", async () => {
    const answer = await admin(`GET ${client}/audit`);

    const { items, nextCursor } = AuditPage.parse(answer.body);
    assert.deepEqual(
      items.map(({ action, target, managedBy }) => [action, target.type, target.name, target.project, managedBy]),
      [
        ["client.delete", "client", "CRM", "web", "acme/urn"],
        ["grant.update", "grant", "CRM", "web", null],
        ["client.create", "client", "CRM", "web", "acme/urn"],
      ],
    );
    assert.equal(items[0]?.actor.name, "admin");
    assert.match(items[0]?.requestId ?? "", /^xpr_/);
    assert.equal(nextCursor, null);
  });

  it("name in each row the request that was answered", async () => {
    const made = await admin("POST /v1/projects/shop/clients", { body: { name: "Traced" } });

    const { body } = await admin(`GET /v1/projects/shop/clients/${made.body.id}/audit`);

    assert.equal(body.items[0].requestId, made.headers.get("x-request-id"));
  });

  it("show all clients of one project and nothing else, page by page", async () => {
    const first = AuditPage.parse((await admin("GET /v1/projects/web/audit?limit=3")).body);
    const second = AuditPage.parse((await admin(`GET /v1/projects/web/audit?limit=3&cursor=${first.nextCursor}`)).body);

    assert.deepEqual(
      [...first.items, ...second.items].map(({ action, target }) => `${action} ${target.name}`),
      ["client.delete CRM", "client.create Other", "grant.update CRM", "client.create CRM"],
    );
    assert.equal(second.nextCursor, null);
  });

  it("narrow by time, actor and kind, page by page, and refuse a time that no calendar has", async () => {
    const [newest] = AuditPage.parse((await admin("GET /v1/audit?limit=1")).body).items;
    const { time = "", actor = { id: "" } } = newest ?? {};
    const filter = `actor=${actor.id}&action=client.create&limit=1`;

    const first = AuditPage.parse((await admin(`GET /v1/projects/web/audit?${filter}`)).body);
    const second = AuditPage.parse(
      (await admin(`GET /v1/projects/web/audit?${filter}&cursor=${first.nextCursor}`)).body,
    );
    const since = AuditPage.parse((await admin(`GET /v1/audit?since=${time}`)).body);
    const until = AuditPage.parse((await admin(`GET /v1/audit?until=${time}`)).body);

    assert.deepEqual(
      [...first.items, ...second.items].map(({ target }) => target.name),
      ["Other", "CRM"],
    );
    assert.ok(since.items.length > 0 && since.items.every((event) => event.time >= time));
    assert.ok(until.items.every((event) => event.time < time));
    assertProblem(await admin(`GET /v1/audit?actor=x&limit=1&cursor=${first.nextCursor}`), "validation_failed");
    assertProblem(await admin("GET /v1/audit?since=0000-01-01T00:00:00Z"), "validation_failed");
    assertProblem(await admin("GET /v1/audit?action=grant"), "validation_failed");
    assertProblem(await admin("GET /v1/audit?actor=a%00b"), "validation_failed");
  });

  it("show admins everything: actors and projects too", async () => {
    const { items } = AuditPage.parse((await admin("GET /v1/audit?limit=1000")).body);

    const actions = new Set(items.map(({ action }) => action));
    assert.deepEqual(
      ["actor.create", "project.create", "client.create", "client.delete"].filter((action) => !actions.has(action)),
      [],
    );
  });

  it("never hold a token, a secret or a hash", async () => {
    await backend.makeActor("viewer", ["web"]);

    const { text } = await admin("GET /v1/audit?limit=1000");

    assert.equal(/xpat_|xpcs_|hash/i.test(text), false);
  });

  it("show what happened to a client that was removed, and only in its project", async () => {
    const made = await admin("POST /v1/projects/shop/clients", { body: { name: "Gone" } });
    await admin(`DELETE /v1/projects/shop/clients/${made.body.id}`, { ifMatch: 1 });
    await backend.database.db.deleteFrom("credentials").where("client", "=", made.body.id).execute();
    await backend.database.db.deleteFrom("clients").where("id", "=", made.body.id).execute();

    const { body } = await admin(`GET /v1/projects/shop/clients/${made.body.id}/audit`);
    const elsewhere = await admin(`GET /v1/projects/web/clients/${made.body.id}/audit`);

    assert.deepEqual(
      body.items.map(({ action }: { action: string }) => action),
      ["client.delete", "client.create"],
    );
    assertProblem(elsewhere, "client_not_found");
  });

  it("find no audit trail of a client that never existed or is in another project", async () => {
    assertProblem(await admin("GET /v1/projects/web/clients/xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa/audit"), "client_not_found");
    assertProblem(await admin(`GET ${client.replace("web", "shop")}/audit`), "client_not_found");
    assertProblem(await admin("GET /v1/projects/nowhere/audit"), "project_not_found");
  });
});
