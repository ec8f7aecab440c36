import assert from "node:assert/strict";
import { AuditPage, Client, ClientChanged, ClientCreated, ClientPage } from "xtremepush-access/schemas";
import { encodeCursor } from "../../../../backend/src/http/cursors";
import { assertProblem, type Call, callerOf } from "../../../support/backend/api";
import { startTestBackend, type TestBackend } from "../../../support/backend/backend";
import { sharedKeyPair } from "../../../support/sdk/certificates";

const UNKNOWN = "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa";

describe("the routes of clients", function () {
  this.timeout(120_000);
  let backend: TestBackend;
  let admin: Call;
  let ec: string;

  before(async () => {
    ec = (await sharedKeyPair("ES256")).publicKey;
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
      { version: 1, createdTime, firstUsedTime: null, lastUsedTime: null, supersededTime: null, expiresTime: null },
    ]);
    assert.deepEqual(rest, {
      project: "web",
      name: "Caf\u00e9",
      description: null,
      managedBy: null,
      secretVersion: 1,
      nextSecretVersion: 2,
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

  it("name the client that has a name when it is taken", async () => {
    const holder = await make("Taken");

    const answer = await admin("POST /v1/projects/web/clients", { body: { name: "Taken" } });

    const problem = assertProblem(answer, "name_taken");
    assert.equal(problem.current?.id, holder.id);
  });

  it("refuse the owner's second client, naming the first one and the word adopt", async () => {
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

  it("refuse a change without If-Match, with a broken or weak one, and with an old one", async () => {
    const { id } = await make("Guarded");
    const address = `PATCH /v1/projects/web/clients/${id}`;

    const without = await admin(address, { body: { name: "Other" } });
    const broken = await Promise.all(
      ["*", "3", '"1", "2"', ""].map((tag) =>
        admin(address, { body: { name: "Other" }, headers: { "if-match": tag } }),
      ),
    );
    const unmatched = await Promise.all(
      ['W/"1"', '"01"', '"-1"', '"x"'].map((tag) =>
        admin(address, { body: { name: "Other" }, headers: { "if-match": tag } }),
      ),
    );
    const old = await admin(address, { body: { name: "Other" }, ifMatch: 9 });

    assertProblem(without, "precondition_required");
    for (const answer of broken)
      assert.equal(assertProblem(answer, "validation_failed").errors?.[0]?.field, "If-Match");
    for (const answer of unmatched) {
      const { current, detail } = assertProblem(answer, "revision_mismatch");
      assert.equal(current?.revision, 1);
      assert.match(detail, /is at revision 1, and If-Match matches only its whole tag, as in "3": weak ones/);
    }
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

  it("restore a deleted client for 30 days, with its grant, and answer it with its ETag", async () => {
    const { id } = await make("Undone", { publicKeys: { main: ec } });
    const address = `/v1/projects/web/clients/${id}`;
    await admin(`PUT ${address}/permissions`, { body: { permissions: ["list:profile"] }, ifMatch: 0 });
    await admin(`DELETE ${address}`, { ifMatch: 1 });

    const [gone, deleted, grant] = [
      await admin(`GET ${address}?state=live`),
      await admin(`GET ${address}?state=deleted`),
      await admin(`GET ${address}/permissions?state=any`),
    ];
    const answer = await admin(`POST ${address}/restore`, { body: { name: "Undone 2", managedBy: "acme/undone" } });

    assert.match(assertProblem(gone, "client_not_found").detail, /and can be restored until \d{4}-/);
    assert.deepEqual([deleted.status, grant.body.permissions], [200, ["list:profile"]]);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("etag"), '"2"');
    const client = Client.parse(answer.body);
    assert.deepEqual(
      [client.id, client.name, client.managedBy, client.deletedTime, client.secrets, client.publicKeys],
      [id, "Undone 2", "acme/undone", null, [], {}],
    );
    assert.equal((await admin(`GET ${address}/permissions`)).headers.get("etag"), '"2"');
  });

  it("restore without a body, and leave a live client as it is", async () => {
    const { id } = await make("Twice");
    await admin(`DELETE /v1/projects/web/clients/${id}`, { ifMatch: 1 });

    const first = await admin(`POST /v1/projects/web/clients/${id}/restore`);
    const second = await admin(`POST /v1/projects/web/clients/${id}/restore`);
    const renamed = await admin(`POST /v1/projects/web/clients/${id}/restore`, { body: { name: "Other" } });

    assert.deepEqual([first.status, first.body.name, first.body.revision], [200, "Twice", 2]);
    assert.deepEqual([second.status, second.body.name, second.body.revision], [200, "Twice", 2]);
    const { current } = assertProblem(renamed, "client_not_deleted");
    assert.deepEqual([current?.id, current?.name], [id, "Twice"]);
  });

  it("list the live, the deleted or all clients, each with its secrets and keys", async () => {
    await admin("POST /v1/projects", { body: { slug: "states" } });
    const live = await make("Live", { publicKeys: { main: ec, constructor: ec } }, "states");
    const doomed = await make("Doomed", {}, "states");
    await admin(`DELETE /v1/projects/states/clients/${doomed.id}`, { ifMatch: 1 });
    const listed = async (query: string) =>
      ClientPage.parse((await admin(`GET /v1/projects/states/clients${query}`)).body).items;

    assert.deepEqual(
      (await listed("")).map(({ id, secrets, publicKeys }) => [id, secrets.length, Object.keys(publicKeys)]),
      [[live.id, 1, ["constructor", "main"]]],
    );
    assert.deepEqual(await listed("?state=live"), await listed(""));
    assert.deepEqual(
      (await listed("?state=deleted")).map(({ id, deletedTime, secrets }) => [id, deletedTime === null, secrets]),
      [[doomed.id, false, []]],
    );
    assert.deepEqual(
      (await listed("?state=any")).map(({ id }) => id),
      [live.id, doomed.id],
    );
    assert.deepEqual(await listed("?state=deleted&name=Live"), []);
    assertProblem(await admin("GET /v1/projects/states/clients?state=gone"), "validation_failed");
  });

  it("accept the cursor of an older replica, which knows no states", async () => {
    await admin("POST /v1/projects", { body: { slug: "cursors" } });
    await make("Cursor 1", {}, "cursors");
    const { createdTime, id } = await make("Cursor 2", {}, "cursors");
    await make("Cursor 3", {}, "cursors");
    const cursor = encodeCursor({ of: "clients", project: "cursors" }, [createdTime, id]);

    const { status, body } = await admin(`GET /v1/projects/cursors/clients?cursor=${cursor}`);
    const other = await admin(`GET /v1/projects/cursors/clients?state=any&cursor=${cursor}`);

    assert.deepEqual([status, ClientPage.parse(body).items.map(({ name }) => name)], [200, ["Cursor 3"]]);
    assertProblem(other, "validation_failed");
  });

  it("rotate a secret, answer the new one only once, and show both until the first has ended", async () => {
    const made = await make("Rotated");
    const address = `/v1/projects/web/clients/${made.id}`;

    const answer = await admin(`PATCH ${address}`, { body: { secretVersion: 2, secretOverlap: "1h" }, ifMatch: 1 });
    const read = await admin(`GET ${address}`);

    const { clientSecret, ...client } = ClientChanged.parse(answer.body);
    assert.match(clientSecret ?? "", /^xpcs_[0-9A-Za-z]{49}$/);
    assert.equal(answer.headers.get("etag"), '"2"');
    assert.deepEqual(read.body, client);
    const [first, second] = client.secrets;
    assert.deepEqual([first?.version, second?.version, second?.expiresTime], [1, 2, null]);
    assert.equal(Date.parse(first?.expiresTime ?? "") - Date.parse(client.updatedTime), 3_600_000);
  });

  it("answer no secret for a change that makes none", async () => {
    const { id } = await make("Renamed");

    const answer = await admin(`PATCH /v1/projects/web/clients/${id}`, { body: { name: "Renamed again" }, ifMatch: 1 });

    assert.equal(ClientChanged.parse(answer.body).clientSecret, null);
  });

  it("refuse a third live secret, a used version and an invalid overlap, and change nothing", async () => {
    const { id } = await make("Crowded");
    const patch = (body: object) => admin(`PATCH /v1/projects/web/clients/${id}`, { body, ifMatch: 2 });
    await admin(`PATCH /v1/projects/web/clients/${id}`, { body: { secretVersion: 5 }, ifMatch: 1 });

    const third = assertProblem(await patch({ secretVersion: 6 }), "too_many_secrets");
    const lower = assertProblem(await patch({ secretVersion: 4 }), "secret_version_conflict");
    const overlap = assertProblem(await patch({ secretVersion: 6, secretOverlap: "a week" }), "validation_failed");

    assert.match(third.detail, /version 1 lives until .*; version 5 was never used: ask for version 5 again, or wait/);
    assert.equal(third.current?.revision, 2);
    assert.match(lower.detail, /ask for version 6$/);
    assert.equal(lower.current?.nextSecretVersion, 6);
    assert.deepEqual(overlap.errors, [
      {
        field: "secretOverlap",
        message: 'a duration is a whole number and its unit, s, m, h or d, for example "24h"',
      },
    ]);
    assert.equal((await admin(`GET /v1/projects/web/clients/${id}`)).body.revision, 2);
  });

  it("show the version of the next secret, above those of ended ones, in every answer", async () => {
    const { id } = await make("Next", { secretVersion: 3 });
    const address = `/v1/projects/web/clients/${id}`;

    const none = await admin(`PATCH ${address}`, { body: { secretVersion: 0, secretOverlap: "0s" }, ifMatch: 1 });
    const read = await admin(`GET ${address}`);
    const listed = await admin("GET /v1/projects/web/clients?name=Next");
    const deleted = await admin(`DELETE ${address}`, { ifMatch: 2 });
    const restored = await admin(`POST ${address}/restore`);
    const last = await make("Last", { secretVersion: 1_000_000 });

    const versions = [none, read, deleted, restored].map(({ body }) => Client.parse(body).nextSecretVersion);
    assert.deepEqual(versions, [4, 4, 4, 4]);
    assert.deepEqual(
      ClientPage.parse(listed.body).items.map(({ nextSecretVersion }) => nextSecretVersion),
      [4],
    );
    assert.equal(last.nextSecretVersion, null);
  });

  it("keep public keys and refuse anything else by its label, without repeating it", async () => {
    const { privateKey } = await sharedKeyPair("ES256");
    const made = await make("Keys", { secretVersion: 0, publicKeys: { "2026-q4": ec } });
    const address = `PATCH /v1/projects/web/clients/${made.id}`;

    const wrong = await admin(address, { body: { publicKeys: { "2026-q4": ec, next: privateKey } }, ifMatch: 1 });
    const swapped = await admin(address, { body: { publicKeys: { [privateKey]: "next" } }, ifMatch: 1 });
    const hostile = await admin(address, { raw: '{"publicKeys":{"__proto__":"pem"}}', ifMatch: 1 });

    assert.deepEqual(Object.keys(made.publicKeys), ["2026-q4"]);
    assert.deepEqual(made.publicKeys["2026-q4"]?.algorithms, ["ES256"]);
    assert.equal(assertProblem(wrong, "validation_failed").errors?.[0]?.field, "publicKeys.next");
    assert.deepEqual(assertProblem(swapped, "validation_failed").errors, [
      { field: "publicKeys", message: "a label is 1 to 63 letters, digits and inner dots, - or _" },
    ]);
    assertProblem(hostile, "validation_failed");
    const secretLine = privateKey.split("\n")[1] ?? "?";
    for (const answer of [wrong, swapped]) assert.equal(answer.text.includes(secretLine), false);
    assert.equal((await admin(`GET /v1/projects/web/clients/${made.id}`)).body.revision, 1);
  });

  it("keep an actor that is bound to owners off another's client, and record that it tried", async () => {
    const token = await backend.makeActor("editor", ["web"], { name: "team a's ci", ownerPrefix: "team-a/" });
    const bound = callerOf(backend.endpoint, token);
    const { id } = await make("Theirs", { managedBy: "team-b/urn" });

    const read = await bound(`GET /v1/projects/web/clients/${id}`);
    const answer = await bound(`DELETE /v1/projects/web/clients/${id}`, { ifMatch: 1 });
    const made = await bound("POST /v1/projects/web/clients", { body: { name: "Mine", managedBy: "team-a/urn" } });

    assert.deepEqual([read.status, made.status], [200, 201]);
    assert.match(
      assertProblem(answer, "forbidden").detail,
      /belongs to "team-b\/urn", and the actor "team a's ci" is bound to owners that begin with "team-a\/"/,
    );
    const { items } = AuditPage.parse((await admin("GET /v1/audit?limit=1000")).body);
    const refusals = items.filter(({ action, actor }) => action === "access.refused" && actor.name === "team a's ci");
    assert.deepEqual(
      refusals.map(({ target, after, requestId }) => [target.id, target.name, after, requestId]),
      [
        [
          "DELETE /v1/projects/:project/clients/:client",
          "web",
          { code: "forbidden", client: id },
          answer.headers.get("x-request-id"),
        ],
      ],
    );
  });

  it("distinguish a missing client from a missing project, whatever the request", async () => {
    for (const address of ["GET", "PATCH", "DELETE"]) {
      const options = address === "PATCH" ? { body: { name: "x" }, ifMatch: 1 } : { ifMatch: 1 };
      assertProblem(await admin(`${address} /v1/projects/web/clients/${UNKNOWN}`, options), "client_not_found");
      assertProblem(await admin(`${address} /v1/projects/nowhere/clients/${UNKNOWN}`, options), "project_not_found");
    }
    assertProblem(await admin(`POST /v1/projects/web/clients/${UNKNOWN}/restore`), "client_not_found");
    assertProblem(await admin(`POST /v1/projects/nowhere/clients/${UNKNOWN}/restore`), "project_not_found");
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
    const cursor = encodeCursor({ of: "clients", project: "web" }, ["0000-01-01T00:00:00.000Z", UNKNOWN]);

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
