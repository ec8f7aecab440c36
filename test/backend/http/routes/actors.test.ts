import assert from "node:assert/strict";
import { ActorCreated, ActorPage, AuditPage } from "xtremepush-access/schemas";
import { assertProblem, type Call, callerOf } from "../../../support/backend/api";
import { startTestBackend, type TestBackend } from "../../../support/backend/backend";

describe("the routes of actors", function () {
  this.timeout(30_000);
  let backend: TestBackend;
  let admin: Call;

  before(async () => {
    backend = await startTestBackend();
    admin = callerOf(backend.endpoint, backend.adminToken);
    await admin("POST /v1/projects", { body: { slug: "web" } });
  });
  after(() => backend.close());

  it("make an actor whose token works and is shown once", async () => {
    const answer = await admin("POST /v1/actors", { body: { name: "ci", role: "editor", projects: ["web"] } });

    assert.equal(answer.status, 201);
    const { token, id } = ActorCreated.parse(answer.body);
    assert.equal((await callerOf(backend.endpoint, token)("GET /v1/projects")).body.items[0].slug, "web");
    const { items } = ActorPage.parse((await admin("GET /v1/actors")).body);
    assert.deepEqual(
      items.find((actor) => actor.id === id),
      {
        id,
        name: "ci",
        role: "editor",
        projects: ["web"],
        ownerPrefix: null,
        ceiling: null,
        createdBy: "admin",
        createdTime: answer.body.createdTime,
        expiresTime: null,
        revokedTime: null,
        trust: null,
      },
    );
  });

  it("make an editor that is bound to owners, and no other kind of actor", async () => {
    const body = { name: "bound ci", role: "editor", projects: ["web"], ownerPrefix: "team-a/" };

    const made = await admin("POST /v1/actors", { body });
    const viewer = await admin("POST /v1/actors", { body: { ...body, name: "bound viewer", role: "viewer" } });
    const open = await admin("POST /v1/actors", { body: { ...body, name: "open ci", ownerPrefix: "team-a" } });

    assert.equal(ActorCreated.parse(made.body).ownerPrefix, "team-a/");
    assert.equal(assertProblem(viewer, "validation_failed").errors?.[0]?.field, "ownerPrefix");
    assert.match(assertProblem(open, "validation_failed").detail, /ownerPrefix: .*write team-a\//);
    const [row] = AuditPage.parse((await admin("GET /v1/audit")).body).items;
    assert.deepEqual([row?.action, row?.after?.["ownerPrefix"], row?.revision], ["actor.create", "team-a/", null]);
  });

  it("answer each actor what it is itself", async () => {
    const made = await admin("POST /v1/actors", {
      body: { name: "reader", role: "viewer", projects: ["web"], expiresTime: "2999-01-01T00:00:00.000Z" },
    });
    const { token, ...reader } = made.body;

    assert.deepEqual((await callerOf(backend.endpoint, token)("GET /v1/actor")).body, reader);
    assert.equal((await admin("GET /v1/actor")).body.role, "admin");
  });

  it("end a token when its actor is revoked", async () => {
    const { body } = await admin("POST /v1/actors", { body: { name: "leaver", role: "viewer", projects: ["web"] } });

    const answer = await admin(`DELETE /v1/actors/${body.id}`);

    assert.equal(answer.status, 204);
    const refused = await callerOf(backend.endpoint, body.token)("GET /v1/projects");
    assert.match(
      assertProblem(refused, "unauthenticated").detail,
      /was revoked at \d{4}-.+; ask an admin for a new one$/,
    );
    assert.equal((await admin(`DELETE /v1/actors/${body.id}`)).status, 204);
  });

  it("refuse a name that is taken, an unknown actor and the end of the last admin", async () => {
    const { items } = (await admin("GET /v1/actors")).body;
    const self = items.find((actor: { name: string }) => actor.name === "admin");

    assertProblem(await admin("POST /v1/actors", { body: { name: "admin", role: "admin" } }), "name_taken");
    assertProblem(await admin("DELETE /v1/actors/xpa_aaaaaaaaaaaaaaaaaaaaaaaaaa"), "actor_not_found");
    assertProblem(await admin(`DELETE /v1/actors/${self.id}`), "last_admin");
  });

  it("refuse a project that does not exist: a misspelt one would be granted once it is created", async () => {
    const body = { name: "misspelt", role: "editor", projects: ["web", "wbe"] };

    const problem = assertProblem(await admin("POST /v1/actors", { body }), "project_not_found");

    assert.match(problem.detail, /there is no project "wbe"/);
    assert.equal(
      (await admin("GET /v1/actors")).body.items.some(({ name }: { name: string }) => name === "misspelt"),
      false,
    );
  });

  it("refuse an editor without projects, an admin with some, and an end that is past or not a time", async () => {
    const bodies = [
      { name: "a", role: "editor" },
      { name: "b", role: "admin", projects: ["web"] },
      { name: "c", role: "admin", expiresTime: "tomorrow" },
      { name: "d", role: "admin", expiresTime: "2020-01-01T00:00:00.000Z" },
      { name: "e", role: "owner" },
    ];

    const answers = await Promise.all(bodies.map((body) => admin("POST /v1/actors", { body })));

    assert.deepEqual(
      answers.map((answer) => assertProblem(answer, "validation_failed").errors?.[0]?.field),
      ["projects", "projects", "expiresTime", "expiresTime", "role"],
    );
  });

  it("are for admins", async () => {
    const editor = callerOf(backend.endpoint, await backend.makeActor("editor", ["web"]));

    assertProblem(await editor("GET /v1/actors"), "forbidden");
    assertProblem(await editor("POST /v1/actors", { body: { name: "x", role: "admin" } }), "forbidden");
    assertProblem(await editor("DELETE /v1/actors/xpa_aaaaaaaaaaaaaaaaaaaaaaaaaa"), "forbidden");
  });
});
