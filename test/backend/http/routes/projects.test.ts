import assert from "node:assert/strict";
import { Project, ProjectPage } from "xtremepush-access/schemas";
import { assertProblem, type Call, callerOf } from "../../../support/backend/api";
import { startTestBackend, type TestBackend } from "../../../support/backend/backend";

describe("the routes of projects", function () {
  this.timeout(30_000);
  let backend: TestBackend;
  let admin: Call;

  before(async () => {
    backend = await startTestBackend();
    admin = callerOf(backend.endpoint, backend.adminToken);
  });
  after(() => backend.close());

  it("create a project, whose name is its slug by default", async () => {
    const plain = await admin("POST /v1/projects", { body: { slug: "web" } });
    const named = await admin("POST /v1/projects", { body: { slug: "shop", name: "The shop" } });

    assert.equal(plain.status, 201);
    assert.equal(Project.parse(plain.body).name, "web");
    assert.deepEqual((await admin("GET /v1/projects/shop")).body, named.body);
  });

  it("refuse a slug that exists and one that is not valid", async () => {
    await admin("POST /v1/projects", { body: { slug: "twice" } });

    assertProblem(await admin("POST /v1/projects", { body: { slug: "twice" } }), "name_taken");
    for (const slug of ["", "Web", "-web", "web-", "../web", "a".repeat(64), "wéb"]) {
      assertProblem(await admin("POST /v1/projects", { body: { slug } }), "validation_failed");
    }
  });

  it("show each actor its own projects, page by page", async () => {
    await admin("POST /v1/projects", { body: { slug: "alpha" } });
    await admin("POST /v1/projects", { body: { slug: "beta" } });
    await admin("POST /v1/projects", { body: { slug: "gamma" } });
    const viewer = callerOf(backend.endpoint, await backend.makeActor("viewer", ["gamma", "alpha"]));

    const first = ProjectPage.parse((await viewer("GET /v1/projects?limit=1")).body);
    const second = ProjectPage.parse((await viewer(`GET /v1/projects?limit=1&cursor=${first.nextCursor}`)).body);

    assert.deepEqual(
      [...first.items, ...second.items].map(({ slug }) => slug),
      ["alpha", "gamma"],
    );
    assert.equal(second.nextCursor, null);
  });

  it("show no project to an actor without any", async () => {
    const viewer = callerOf(backend.endpoint, await backend.makeActor("viewer", []));

    const answer = await viewer("GET /v1/projects");

    assert.deepEqual(answer.body, { items: [], nextCursor: null });
  });

  it("let only admins create projects", async () => {
    const editor = callerOf(backend.endpoint, await backend.makeActor("editor", ["web"]));

    assertProblem(await editor("POST /v1/projects", { body: { slug: "mine" } }), "forbidden");
    assertProblem(await admin("GET /v1/projects/mine"), "project_not_found");
  });
});
