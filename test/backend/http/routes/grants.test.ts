import assert from "node:assert/strict";
import { Grant } from "xtremepush-access/schemas";
import { assertProblem, type Call, callerOf } from "../../../support/backend/api";
import { startTestBackend, type TestBackend } from "../../../support/backend/backend";

describe("the routes of grants", function () {
  this.timeout(30_000);
  let backend: TestBackend;
  let admin: Call;
  let permissions: string;

  before(async () => {
    backend = await startTestBackend();
    admin = callerOf(backend.endpoint, backend.adminToken);
    await admin("POST /v1/projects", { body: { slug: "web" } });
  });
  beforeEach(async function () {
    const { body } = await admin("POST /v1/projects/web/clients", {
      body: { name: this.currentTest?.title.slice(0, 90) },
    });
    permissions = `/v1/projects/web/clients/${body.id}/permissions`;
  });
  after(() => backend.close());

  it("answer a grant that was never set as empty, at revision 0 and without an owner", async () => {
    const answer = await admin(`GET ${permissions}`);

    assert.equal(answer.headers.get("etag"), '"0"');
    const { client, project, ...rest } = Grant.parse(answer.body);
    assert.equal(project, "web");
    assert.deepEqual(rest, {
      permissions: [],
      managedBy: null,
      revision: 0,
      createdBy: null,
      createdTime: null,
      updatedBy: null,
      updatedTime: null,
    });
  });

  it("replace the whole set and answer it in the catalog's order, each permission once", async () => {
    const body = { permissions: ["info:profile", "list:profile", "info:profile"], managedBy: "acme/urn" };

    const answer = await admin(`PUT ${permissions}`, { body, ifMatch: 0 });

    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("etag"), '"1"');
    assert.deepEqual(Grant.parse(answer.body).permissions, ["list:profile", "info:profile"]);
    assert.equal(answer.body.managedBy, "acme/urn");
    assert.deepEqual((await admin(`GET ${permissions}`)).body, answer.body);
  });

  it("have a revision of their own, apart from their client's", async () => {
    await admin(`PUT ${permissions}`, { body: { permissions: ["list:profile"] }, ifMatch: 0 });

    const client = await admin(`GET ${permissions.replace("/permissions", "")}`);

    assert.equal(client.body.revision, 1);
  });

  it("name the nearest permission, at its place in the list", async () => {
    const body = { permissions: ["list:profile", "info:profile", "list:device", "list:profle"] };

    const answer = await admin(`PUT ${permissions}`, { body, ifMatch: 0 });

    const problem = assertProblem(answer, "validation_failed");
    assert.deepEqual(problem.errors, [
      { field: "permissions[3]", message: 'unknown permission "list:profle"; did you mean "list:profile"?' },
    ]);
  });

  it("refuse 501 and 10,000 permissions at once and store none", async () => {
    const unknown = (length: number) => ({
      permissions: Array.from({ length }, (_, index) => `list:nothing-${index}`),
    });

    const before = process.cpuUsage();
    const many = await admin(`PUT ${permissions}`, { body: unknown(501), ifMatch: 0 });
    const more = await admin(`PUT ${permissions}`, { body: unknown(10_000), ifMatch: 0 });

    assert.match(assertProblem(many, "validation_failed").detail, /a request takes at most 500 permissions/);
    assertProblem(more, "payload_too_large");
    const { user, system } = process.cpuUsage(before);
    assert.ok(user + system < 1_000_000, `${user + system} µs of CPU time`);
    assert.equal((await admin(`GET ${permissions}`)).body.revision, 0);
  });

  it("refuse a write without If-Match and one of an older revision", async () => {
    const body = { permissions: ["list:profile"] };
    await admin(`PUT ${permissions}`, { body, ifMatch: 0 });

    const without = await admin(`PUT ${permissions}`, { body });
    const old = await admin(`PUT ${permissions}`, { body: { permissions: [] }, ifMatch: 0 });

    assertProblem(without, "precondition_required");
    const problem = assertProblem(old, "revision_mismatch");
    assert.match(problem.detail, /last changed by admin at \d{4}-/);
    assert.equal(problem.current?.updatedBy, "admin");
  });
});
