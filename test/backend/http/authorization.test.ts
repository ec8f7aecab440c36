import assert from "node:assert/strict";
import { makeSecret } from "../../../backend/src/credentials/secrets";
import { assertProblem, type Call, callerOf } from "../../support/backend/api";
import { startTestBackend, type TestBackend } from "../../support/backend/backend";

const METADATA = "http://127.0.0.1/.well-known/oauth-protected-resource";
const CHALLENGE = new RegExp(
  `^Bearer realm="xtremepush-access", resource_metadata="${METADATA}"(?:, error="[a-z_]+", error_description="[^"]+")?$`,
);

describe("access to the management API", function () {
  this.timeout(30_000);
  let backend: TestBackend;
  let admin: Call;
  let client: string;
  let now: Date;

  before(async () => {
    now = new Date("2030-05-01T12:00:00.000Z");
    backend = await startTestBackend({ clock: () => now, limits: { recordedRefusals: 3 } });
    admin = callerOf(backend.endpoint, backend.adminToken);
    await admin("POST /v1/projects", { body: { slug: "web" } });
    await admin("POST /v1/projects", { body: { slug: "shop" } });
    const { body } = await admin("POST /v1/projects/web/clients", { body: { name: "CRM" } });
    client = `/v1/projects/web/clients/${body.id}`;
  });
  after(() => backend.close());

  const refusalsOf = async (name: string) => {
    const { body } = await admin("GET /v1/audit?limit=1000");
    return body.items.filter((row: { action: string; actor: { name: string } }) => {
      return row.action === "access.refused" && row.actor.name === name;
    });
  };

  const attempts = [
    { title: "no token", authorization: undefined, says: /has no token/ },
    { title: "another scheme", authorization: "Basic YWRtaW46YWRtaW4=", says: /must be Bearer/ },
    { title: "two tokens", authorization: "Bearer xpat_a xpat_b", says: /must be Bearer/ },
    { title: "a text that is no token", authorization: "Bearer letmein", says: /has a typo/ },
    { title: "a client's secret", authorization: `Bearer ${makeSecret("xpcs")}`, says: /is not an actor's token/ },
    { title: "a token of elsewhere", authorization: `Bearer ${makeSecret("xpat")}`, says: /not known to this backend/ },
  ];
  for (const { title, authorization, says } of attempts) {
    it(`is refused with ${title}`, async () => {
      const caller = callerOf(backend.endpoint, null);

      const answer = await caller("GET /v1/backend", { headers: authorization === undefined ? {} : { authorization } });

      assert.match(assertProblem(answer, "unauthenticated").detail, says);
      const challenge = answer.headers.get("www-authenticate") ?? "";
      assert.match(challenge, CHALLENGE);
      assert.equal(challenge.includes('error="invalid_token"'), /^bearer /i.test(authorization ?? ""));
      if (authorization !== undefined) assert.equal(challenge.includes(authorization.slice(7)), false);
      if (authorization !== undefined) assert.equal(answer.text.includes(authorization.slice(7)), false);
    });
  }

  it("distinguishes a token with one wrong character from an unknown one", async () => {
    const { adminToken } = backend;
    const typo = adminToken.slice(0, 20) + (adminToken[20] === "a" ? "b" : "a") + adminToken.slice(21);

    const answer = await callerOf(backend.endpoint, typo)("GET /v1/backend");

    assert.match(assertProblem(answer, "unauthenticated").detail, /has a typo/);
  });

  it("ends when the token does, to the millisecond", async () => {
    const token = await backend.makeActor("admin", undefined, { expiresTime: new Date("2030-05-01T13:00:00.000Z") });
    const caller = callerOf(backend.endpoint, token);

    now = new Date("2030-05-01T12:59:59.999Z");
    const before = await caller("GET /v1/backend");
    now = new Date("2030-05-01T13:00:00.000Z");
    const after = await caller("GET /v1/backend");

    assert.equal(before.status, 200);
    assert.match(assertProblem(after, "unauthenticated").detail, /the token ended at 2030-05-01T13:00:00.000Z/);
  });

  it("lets a viewer read its project and write nothing", async () => {
    const viewer = callerOf(backend.endpoint, await backend.makeActor("viewer", ["web"]));
    const reads = [client, `${client}/permissions`, `${client}/audit`, "/v1/projects/web/audit", "/v1/permissions"];
    const writes = [
      viewer("POST /v1/projects/web/clients", { body: { name: "mine" } }),
      viewer(`PATCH ${client}`, { body: { name: "mine" }, ifMatch: 1 }),
      viewer(`DELETE ${client}`, { ifMatch: 1 }),
      viewer(`PUT ${client}/permissions`, { body: { permissions: ["list:profile"] }, ifMatch: 0 }),
    ];

    const answers = await Promise.all(reads.map((path) => viewer(`GET ${path}`)));
    const refused = await Promise.all(writes);

    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200, 200, 200],
    );
    for (const answer of refused) {
      assert.match(assertProblem(answer, "forbidden").detail, /is viewer, and this needs at least editor/);
      const challenge = answer.headers.get("www-authenticate") ?? "";
      assert.match(challenge, CHALLENGE);
      assert.match(challenge, /error="insufficient_scope", error_description="the actor .* is viewer/);
    }
    assert.equal((await admin(`GET ${client}`)).body.revision, 1);
    assert.equal((await admin(`GET ${client}/permissions`)).body.revision, 0);
  });

  it("hides a project from other projects' actors, in the words for one that does not exist", async () => {
    const editor = callerOf(backend.endpoint, await backend.makeActor("editor", ["shop"]));

    const hidden = await editor(`GET ${client}`);
    const write = await editor("POST /v1/projects/web/clients", { body: { name: "mine" } });
    const missing = await editor("GET /v1/projects/nowhere");

    assertProblem(hidden, "project_not_found");
    assertProblem(write, "project_not_found");
    assert.equal(
      assertProblem(missing, "project_not_found").detail.replace("nowhere", "web"),
      assertProblem(hidden, "project_not_found").detail,
    );
  });

  it("shows the audit trail of everything to admins only", async () => {
    const editor = callerOf(backend.endpoint, await backend.makeActor("editor", ["web"]));

    assertProblem(await editor("GET /v1/audit"), "forbidden");
  });

  it("records what an actor was refused, and in which request", async () => {
    const token = await backend.makeActor("viewer", ["web"], { name: "curious" });

    const answer = await callerOf(backend.endpoint, token)(`DELETE ${client}`, { ifMatch: 1 });

    const [row] = await refusalsOf("curious");
    assert.deepEqual(row.target, {
      type: "route",
      id: "DELETE /v1/projects/:project/clients/:client",
      name: "web",
      project: null,
    });
    assert.deepEqual(row.after, { code: "forbidden", client: client.split("/").at(-1) });
    assert.equal(row.requestId, answer.headers.get("x-request-id"));
  });

  it("records a refusal also when the address holds what no database stores", async () => {
    const token = await backend.makeActor("viewer", ["web"], { name: "odd" });

    const answer = await callerOf(backend.endpoint, token)("GET /v1/projects/%00/clients");

    assertProblem(answer, "project_not_found");
    const [row] = await refusalsOf("odd");
    assert.deepEqual(row.target, { type: "route", id: "GET /v1/projects/:project/clients", name: null, project: null });
  });

  it("records only a few refusals of one actor in ten seconds", async () => {
    const caller = callerOf(backend.endpoint, await backend.makeActor("viewer", ["web"], { name: "loop" }));
    for (let index = 0; index < 10; index++) await caller("GET /v1/audit");
    const flood = await refusalsOf("loop");
    now = new Date(now.getTime() + 10_000);

    await caller("GET /v1/audit");

    assert.equal(flood.length, 3);
    assert.equal((await refusalsOf("loop")).length, 4);
  });

  it("is not recorded for those who have no token", async () => {
    const count = async () => (await admin("GET /v1/audit?limit=1000")).body.items.length;
    const before = await count();

    await callerOf(backend.endpoint, null)("GET /v1/audit");

    assert.equal(await count(), before);
  });
});
