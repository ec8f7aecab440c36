import assert from "node:assert/strict";
import { assertProblem, type Call, callerOf } from "../../../support/backend/api";
import { startTestBackend, type TestBackend } from "../../../support/backend/backend";

const DOTENV = { environment: "crm/dev", destination: "dotenv", place: ".env.dev", secretVersion: 1 };

describe("the routes of deliveries", function () {
  this.timeout(30_000);
  let backend: TestBackend;
  let now = new Date("2026-11-29T10:00:00.000Z");
  let admin: Call;
  let client: string;

  before(async () => {
    backend = await startTestBackend({ clock: () => now });
    admin = callerOf(backend.endpoint, backend.adminToken);
    await admin("POST /v1/projects", { body: { slug: "web" } });
  });
  beforeEach(async function () {
    now = new Date("2026-11-29T10:00:00.000Z");
    const { body } = await admin("POST /v1/projects/web/clients", {
      body: { name: this.currentTest?.title.slice(0, 90) },
    });
    client = `/v1/projects/web/clients/${body.id}`;
  });
  after(() => backend.close());

  const put = (more: object = {}) => admin(`PUT ${client}/deliveries`, { body: { ...DOTENV, ...more } });
  const list = async () => (await admin(`GET ${client}/deliveries`)).body.items;
  const trail = async () => {
    const { body } = await admin(`GET ${client}/audit`);
    return body.items
      .filter(({ action }: { action: string }) => action.startsWith("delivery."))
      .map(({ action, before, after }: Record<string, unknown>) => ({ action, before, after }));
  };

  it("remember which version is where, since when and by whom", async () => {
    const { status, body } = await put();

    const { id, client: of, ...rest } = body;
    assert.equal(status, 200);
    assert.match(id, /^xpd_/);
    assert.equal(client.endsWith(of), true);
    assert.deepEqual(rest, {
      ...DOTENV,
      ...{ project: "web", settings: "", names: [], deliveredBy: "admin" },
      ...{ createdTime: "2026-11-29T10:00:00.000Z", deliveredTime: "2026-11-29T10:00:00.000Z" },
    });
    assert.deepEqual(await list(), [body]);
  });

  it("change nothing for a version that is there, and write one audit row for each version", async () => {
    const first = await put();
    now = new Date("2026-11-29T11:00:00.000Z");
    const again = await put();
    const next = await put({ secretVersion: 2 });

    assert.deepEqual(again.body, first.body);
    assert.deepEqual(next.body, { ...first.body, secretVersion: 2, deliveredTime: "2026-11-29T11:00:00.000Z" });
    assert.deepEqual(await trail(), [
      { action: "delivery.put", before: { secretVersion: 1 }, after: { secretVersion: 2 } },
      { action: "delivery.put", before: null, after: { ...DOTENV, names: [] } },
    ]);
  });

  it("take the names that a call through an older replica did not say, and keep them in a call without names", async () => {
    const first = await put();
    now = new Date("2026-11-29T11:00:00.000Z");
    const named = await put({ names: ["CRM_SECRET"] });
    const unsaid = await put();
    const next = await put({ secretVersion: 2 });
    const renamed = await put({ secretVersion: 3, names: ["CRM_KEY"] });

    assert.deepEqual(named.body, { ...first.body, names: ["CRM_SECRET"] }, "the time stays that of the version");
    assert.deepEqual(unsaid.body, named.body);
    assert.deepEqual([next.body.names, renamed.body.names], [["CRM_SECRET"], ["CRM_KEY"]]);
    assert.deepEqual((await trail()).slice(0, -1), [
      {
        action: "delivery.put",
        before: { secretVersion: 2, names: ["CRM_SECRET"] },
        after: { secretVersion: 3, names: ["CRM_KEY"] },
      },
      { action: "delivery.put", before: { secretVersion: 1 }, after: { secretVersion: 2 } },
      { action: "delivery.put", before: { names: [] }, after: { names: ["CRM_SECRET"] } },
    ]);
  });

  it("take the time of another secret that replaced an unused one of the same version", async () => {
    await put();
    now = new Date("2026-11-29T12:00:00.000Z");
    await admin(`PATCH ${client}`, { body: { secretVersion: 1 }, ifMatch: 1 });
    now = new Date("2026-11-29T12:00:01.000Z");

    assert.equal((await put()).body.deliveredTime, "2026-11-29T12:00:01.000Z");
    assert.equal((await trail()).length, 1);
  });

  it("tell deliveries apart by environment, destination, place and settings", async () => {
    const others = [{ environment: "crm/staging" }, { destination: "stdin" }, { place: ".env" }, { settings: "2f" }];
    for (const other of [{}, ...others]) {
      now = new Date(now.getTime() + 1_000);
      await put(other);
    }

    const items = await list();

    assert.deepEqual(
      items.map(({ environment, destination, place, settings }: Record<string, string>) =>
        [environment, destination, place, settings].join(" "),
      ),
      ["crm/dev dotenv .env.dev ", "crm/staging dotenv .env.dev ", "crm/dev stdin .env.dev "].concat([
        "crm/dev dotenv .env ",
        "crm/dev dotenv .env.dev 2f",
      ]),
    );
  });

  it("list page after page", async () => {
    for (const place of ["a", "b", "c"]) {
      now = new Date(now.getTime() + 1_000);
      await put({ place });
    }

    const { body } = await admin(`GET ${client}/deliveries?limit=2`);
    const rest = await admin(`GET ${client}/deliveries?limit=2&cursor=${body.nextCursor}`);

    const placesOf = (items: readonly { place: string }[]) => items.map(({ place }) => place);
    assert.deepEqual([placesOf(body.items), placesOf(rest.body.items)], [["a", "b"], ["c"]]);
    assert.equal(rest.body.nextCursor, null);
  });

  it("are listed of a project and of an environment, with what they write there", async () => {
    await admin("POST /v1/projects", { body: { slug: "listed" } });
    const made = [];
    for (const [index, environment] of ["crm/dev", "crm/pr-1", "crm/dev"].entries()) {
      now = new Date(now.getTime() + 1_000);
      const { body } = await admin("POST /v1/projects/listed/clients", { body: { name: `client ${index}` } });
      const delivery = { ...DOTENV, environment, names: ["CRM_ID", "CRM_SECRET"] };
      made.push((await admin(`PUT /v1/projects/listed/clients/${body.id}/deliveries`, { body: delivery })).body);
    }
    await put();

    const all = (await admin("GET /v1/projects/listed/deliveries")).body.items;
    const { items, nextCursor } = (await admin("GET /v1/projects/listed/deliveries?environment=crm%2Fdev&limit=1"))
      .body;
    const next = `GET /v1/projects/listed/deliveries?environment=crm%2Fdev&limit=1&cursor=${nextCursor}`;

    assert.deepEqual(all, made);
    assert.deepEqual(all[0]?.names, ["CRM_ID", "CRM_SECRET"]);
    assert.deepEqual([items, (await admin(next)).body.items], [[made[0]], [made[2]]]);
    assertProblem(await admin(next.replace("dev", "pr-1")), "validation_failed");
    assertProblem(await admin("GET /v1/projects/nowhere/deliveries"), "project_not_found");
    const body = { name: "of web", role: "viewer", projects: ["web"] };
    const viewer = callerOf(backend.endpoint, (await admin("POST /v1/actors", { body })).body.token);
    assertProblem(await viewer("GET /v1/projects/listed/deliveries"), "project_not_found");
  });

  it("forget one, and forget it again without an error", async () => {
    const { body } = await put();
    const address = `DELETE ${client}/deliveries/${body.id}`;

    assert.deepEqual([(await admin(address)).status, (await admin(address)).status], [204, 204]);
    assert.deepEqual(await list(), []);
    assert.deepEqual((await trail())[0], { action: "delivery.delete", before: { ...DOTENV, names: [] }, after: null });
  });

  it("forget all of a client that is deleted, also when it is restored", async () => {
    await put();
    await admin(`DELETE ${client}`, { ifMatch: 1 });

    assertProblem(await admin(`GET ${client}/deliveries`), "client_not_found");
    assertProblem(await put(), "client_not_found");
    await admin(`POST ${client}/restore`);
    assert.deepEqual(await list(), []);
  });

  it("refuse what is no delivery", async () => {
    const refused = [{ secretVersion: 0 }, { place: "" }, { place: "a\u202eb" }, { environment: "e".repeat(201) }];
    for (const more of refused) assertProblem(await put(more), "validation_failed");
    assertProblem(await admin(`DELETE ${client}/deliveries/xpd_1`), "validation_failed");
  });

  it("are read by a viewer and written by an editor that may change the client", async () => {
    const actor = async (body: object) =>
      callerOf(backend.endpoint, (await admin("POST /v1/actors", { body })).body.token);
    const viewer = await actor({ name: "reader", role: "viewer", projects: ["web"] });
    const other = await actor({ name: "other", role: "editor", projects: ["web"], ownerPrefix: "other/" });
    await admin(`PATCH ${client}`, { body: { managedBy: "acme/urn" }, ifMatch: 1 });

    assert.equal((await viewer(`GET ${client}/deliveries`)).status, 200);
    assertProblem(await viewer(`PUT ${client}/deliveries`, { body: DOTENV }), "forbidden");
    assertProblem(await other(`PUT ${client}/deliveries`, { body: DOTENV }), "forbidden");
  });
});
