import assert from "node:assert/strict";
import { Client, ClientCreated, ClientPage } from "xtremepush-access/schemas";
import { cursorOf } from "../../../backend/src/cursors";
import { assertProblem, type Call, callerOf } from "../../support/api";
import { startTestBackend, type TestBackend } from "../../support/backend";

const UNKNOWN = "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa";

describe("the routes of clients", function () {
  this.timeout(120_000);
  let backend: TestBackend;
  let admin: Call;

  before(async () => {
    backend = await startTestBackend();
    admin = callerOf(backend.endpoint, backend.adminToken);
    await admin("POST /v1/projects", { body: { slug: "web" } });
    await admin("POST /v1/projects", { body: { slug: "pages" } });
  });
  after(() => backend.close());

  const make = async (name: string, more: object = {}, project = "web") => {
    const answer = await admin(`POST /v1/projects/${project}/clients`, { body: { name, ...more } });
    assert.equal(answer.status, 201, answer.text);
    return ClientCreated.parse(answer.body);
  };

  it("answer a create with the client, its secret and its ETag", async () => {
    const answer = await admin("POST /v1/projects/web/clients", { body: { name: "  Caf\u0065\u0301  " } });

    assert.equal(answer.status, 201);
    assert.equal(answer.headers.get("etag"), '"1"');
    const { id, clientSecret, createdTime, updatedTime, secrets, ...rest } = ClientCreated.parse(answer.body);
    assert.match(id, /^xpc_[a-z2-7]{26}$/);
    assert.match(clientSecret ?? "", /^xpcs_[0-9A-Za-z]{49}$/);
    assert.match(createdTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.equal(updatedTime, createdTime);
    assert.deepEqual(secrets, [
      { version: 1, createdTime, firstUsedTime: null, lastUsedTime: null, expiresTime: null },
    ]);
    assert.deepEqual(rest, {
      project: "web",
      name: "Caf\u00e9",
      description: null,
      managedBy: null,
      secretVersion: 1,
      publicKeys: {},
      lastUsedTime: null,
      deletedTime: null,
      revision: 1,
      createdBy: "admin",
      updatedBy: "admin",
      takenOver: false,
    });
  });

  it("never show the secret again", async () => {
    const made = await make("Shown once");

    const read = await admin(`GET /v1/projects/web/clients/${made.id}`);
    const listed = await admin("GET /v1/projects/web/clients?limit=1000");

    assert.equal(read.text.includes("xpcs_"), false);
    assert.equal(listed.text.includes("xpcs_"), false);
    assert.deepEqual(read.body, { ...Client.parse(read.body) });
  });

  it("answer that a name is taken with the client that has it", async () => {
    const holder = await make("Taken");

    const answer = await admin("POST /v1/projects/web/clients", { body: { name: "Taken" } });

    const problem = assertProblem(answer, "name_taken");
    assert.equal(problem.current?.id, holder.id);
  });

  it("answer the owner's second client with the first one and the word adopt", async () => {
    const editor = callerOf(backend.endpoint, await backend.makeActor("editor", ["web"]));
    const first = await make("Owned", { managedBy: "acme/urn:owned" });

    const answer = await editor("POST /v1/projects/web/clients", {
      body: { name: "Owned", managedBy: "acme/urn:owned" },
    });

    const problem = assertProblem(answer, "owner_conflict");
    assert.equal(problem.current?.id, first.id);
    assert.match(problem.detail, new RegExp(`set adopt: "${first.id}" in the program`));
  });

  it("answer a repeated create of the same owner with the same client and a fresh secret", async () => {
    const first = await make("Again", { managedBy: "acme/urn:again" });

    const second = await make("Again", { managedBy: "acme/urn:again" });

    assert.equal(second.id, first.id);
    assert.equal(second.takenOver, true);
    assert.notEqual(second.clientSecret, first.clientSecret);
  });

  it("change what is given and answer the new revision", async () => {
    const { id } = await make("Before", { description: "kept" });

    const answer = await admin(`PATCH /v1/projects/web/clients/${id}`, { body: { name: "After" }, ifMatch: 1 });

    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("etag"), '"2"');
    assert.deepEqual([answer.body.name, answer.body.description, answer.body.revision], ["After", "kept", 2]);
  });

  it("refuse a change without If-Match, with a broken one, and with an old one", async () => {
    const { id } = await make("Guarded");
    const address = `PATCH /v1/projects/web/clients/${id}`;

    const without = await admin(address, { body: { name: "Other" } });
    const broken = await Promise.all(
      ["*", "3", 'W/"1"', '"1", "2"', '"01"', '"-1"', '"x"', ""].map((tag) =>
        admin(address, { body: { name: "Other" }, headers: { "if-match": tag } }),
      ),
    );
    const old = await admin(address, { body: { name: "Other" }, ifMatch: 9 });

    assertProblem(without, "precondition_required");
    for (const answer of broken)
      assert.equal(assertProblem(answer, "validation_failed").errors?.[0]?.field, "If-Match");
    assert.equal(assertProblem(old, "revision_mismatch").current?.revision, 1);
    assert.equal((await admin(`GET /v1/projects/web/clients/${id}`)).body.name, "Guarded");
  });

  it("delete a client, which is gone from then on", async () => {
    const { id } = await make("Doomed");
    assertProblem(await admin(`DELETE /v1/projects/web/clients/${id}`), "precondition_required");

    const answer = await admin(`DELETE /v1/projects/web/clients/${id}`, { ifMatch: 1 });

    assert.equal(answer.status, 200);
    const { name, deletedTime, secrets } = Client.parse(answer.body);
    assert.deepEqual([name, secrets], ["Doomed", []]);
    assert.notEqual(deletedTime, null);
    assertProblem(await admin(`GET /v1/projects/web/clients/${id}`), "client_not_found");
    assertProblem(await admin(`GET /v1/projects/web/clients/${id}/permissions`), "client_not_found");
    assertProblem(await admin(`DELETE /v1/projects/web/clients/${id}`, { ifMatch: 1 }), "client_not_found");
    const listed = await admin("GET /v1/projects/web/clients?name=Doomed");
    assert.deepEqual(listed.body.items, []);
  });

  it("tell a missing client from a missing project, whatever is asked", async () => {
    for (const address of ["GET", "PATCH", "DELETE"]) {
      const options = address === "PATCH" ? { body: { name: "x" }, ifMatch: 1 } : { ifMatch: 1 };
      assertProblem(await admin(`${address} /v1/projects/web/clients/${UNKNOWN}`, options), "client_not_found");
      assertProblem(await admin(`${address} /v1/projects/nowhere/clients/${UNKNOWN}`, options), "project_not_found");
    }
    assertProblem(await admin("GET /v1/projects/nowhere/clients"), "project_not_found");
    assertProblem(await admin("POST /v1/projects/nowhere/clients", { body: { name: "x" } }), "project_not_found");
    assertProblem(await admin("GET /v1/projects/nowhere"), "project_not_found");
  });

  it("list every client once, page by page, in the order of making", async () => {
    const names = ["one", "two", "three", "four", "five"];
    for (const name of names) await make(name, {}, "pages");

    const first = ClientPage.parse((await admin("GET /v1/projects/pages/clients?limit=2")).body);
    const second = ClientPage.parse(
      (await admin(`GET /v1/projects/pages/clients?limit=2&cursor=${first.nextCursor}`)).body,
    );
    const third = ClientPage.parse(
      (await admin(`GET /v1/projects/pages/clients?limit=2&cursor=${second.nextCursor}`)).body,
    );

    assert.deepEqual(
      [first, second, third].map(({ items }) => items.map(({ name }) => name)),
      [["one", "two"], ["three", "four"], ["five"]],
    );
    assert.equal(third.nextCursor, null);
  });

  it("list clients by name, by owner and by permission, each with its grant", async () => {
    const found = await make("Filter me", { managedBy: "acme/urn:filter" }, "pages");
    await admin(`PUT /v1/projects/pages/clients/${found.id}/permissions`, {
      body: { permissions: ["export:segment", "list:profile"] },
      ifMatch: 0,
    });

    const queries = ["name=Filter%20me", "managedBy=acme%2Furn%3Afilter", "permission=export:segment"];
    const pages = await Promise.all(queries.map((query) => admin(`GET /v1/projects/pages/clients?${query}`)));

    for (const page of pages) {
      assert.deepEqual(
        ClientPage.parse(page.body).items.map(({ id, grant }) => [id, grant.permissions, grant.revision]),
        [[found.id, ["list:profile", "export:segment"], 1]],
      );
    }
    assert.deepEqual((await admin("GET /v1/projects/pages/clients?permission=import:suppression")).body.items, []);
  });

  it("refuse a cursor of a year that no database knows", async () => {
    const cursor = cursorOf({ of: "clients", project: "web" }, ["0000-01-01T00:00:00.000Z", UNKNOWN]);

    const answer = await admin(`GET /v1/projects/web/clients?cursor=${cursor}`);

    assert.equal(assertProblem(answer, "validation_failed").errors?.[0]?.field, "cursor");
  });

  it("refuse a cursor that is broken, of other filters or of another listing", async () => {
    const { body } = await admin("GET /v1/projects/pages/clients?limit=1");
    const forged = Buffer.from(JSON.stringify(["x", "'; drop table clients; --", "id"])).toString("base64url");

    const answers = await Promise.all([
      admin("GET /v1/projects/pages/clients?cursor=%00%00"),
      admin(`GET /v1/projects/pages/clients?cursor=${forged}`),
      admin(`GET /v1/projects/pages/clients?name=one&cursor=${body.nextCursor}`),
      admin(`GET /v1/projects/web/clients?cursor=${body.nextCursor}`),
      admin(`GET /v1/projects?cursor=${body.nextCursor}`),
      admin(`GET /v1/projects/pages/clients?cursor=${body.nextCursor}&cursor=${body.nextCursor}`),
    ]);

    for (const answer of answers) assert.equal(assertProblem(answer, "validation_failed").errors?.[0]?.field, "cursor");
  });

  it("refuse a limit outside 1 to 1,000, an unknown filter and an unknown permission in one", async () => {
    const queries = ["limit=0", "limit=1001", "limit=ten", "color=red", "permission=list:profil", "managedBy=%00"];

    const answers = await Promise.all(queries.map((query) => admin(`GET /v1/projects/web/clients?${query}`)));

    for (const answer of answers) assertProblem(answer, "validation_failed");
    assert.match(answers[4]?.body.detail, /did you mean "list:profile"/);
  });
});
