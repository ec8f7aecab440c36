import assert from "node:assert/strict";
import { AccessClient } from "xtremepush-access";
import { makeGatewayActor } from "../../../backend/src/process/gateway-actor";
import { startTestBackend, type TestBackend } from "../../support/backend/backend";

const NAME = "start --gateway";

describe("the actor of start --gateway", () => {
  let backend: TestBackend;
  before(async () => {
    backend = await startTestBackend();
  });
  after(() => backend.close());

  it("is none of another role, also where an admin of its name has made that one", async () => {
    const token = await backend.makeActor("admin", undefined, { name: NAME });
    const admin = new AccessClient({ endpoint: backend.endpoint, token });
    await admin.projects.create({ slug: "retail" });
    const viewer = await admin.actors.create({ name: `${NAME} 2`, role: "viewer", projects: ["retail"] });
    assert.equal(viewer.createdBy, NAME);

    const made = await makeGatewayActor(backend.database.db, () => new Date());

    const roles = (await admin.actors.list()).items.map(({ name, role }) => `${name}: ${role}`);
    assert.deepEqual(roles.toSorted(), ["admin: admin", `${NAME} 2: viewer`, `${NAME} 3: gateway`, `${NAME}: admin`]);
    assert.match(made.token, /^xpat_/);
  });
});
