import assert from "node:assert/strict";
import { AccessClient } from "xtremepush-access";
import { makeIdentifier } from "../../../backend/src/credentials/identifiers";
import { makeGatewayActor } from "../../../backend/src/process/gateway-actor";
import { insertAudit } from "../../../backend/src/store/audit";
import { startTestBackend, type TestBackend } from "../../support/backend/backend";

const NAME = "start --gateway";

describe("the actor of start --gateway", () => {
  let backend: TestBackend;
  let admin: AccessClient;
  before(async () => {
    backend = await startTestBackend();
    const token = await backend.makeActor("admin", undefined, { name: NAME });
    admin = new AccessClient({ endpoint: backend.endpoint, token });
    await admin.projects.create({ slug: "retail" });
  });
  after(() => backend.close());

  const start = () => makeGatewayActor(backend.database.db, () => new Date());
  const statusWith = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` };
    return (await fetch(`${backend.endpoint}/v1/access`, { headers })).status;
  };
  const roles = async () =>
    (await admin.actors.list()).items.map(({ name, role, projects }) => `${name}, ${role}, ${projects}`);

  it("is none that a person has made, also where an admin of its name has made that one for a gateway", async () => {
    const theirs = await admin.actors.create({ name: `${NAME} 2`, role: "gateway", projects: ["retail"] });
    const viewer = await admin.actors.create({ name: `${NAME} 3`, role: "viewer", projects: ["retail"] });
    assert.deepEqual([theirs.createdBy, viewer.createdBy], [NAME, NAME]);
    await insertAudit(backend.database.db, {
      // As the exchange of an ID token is written: by the actor, about itself.
      ...{ action: "actor.exchange", actorId: theirs.id, actorName: theirs.name },
      ...{ targetType: "actor", targetId: theirs.id, targetName: theirs.name },
      ...{ project: null, client: null, managedBy: null, before: null, after: {} },
      ...{ time: new Date(), requestId: makeIdentifier("xpr") },
    });

    const made = await start();

    assert.deepEqual([await statusWith(theirs.token), await statusWith(made.token)], [200, 200]);
    await made.end();
    assert.deepEqual([await statusWith(theirs.token), await statusWith(made.token)], [200, 401]);
    assert.deepEqual((await roles()).toSorted(), [
      "admin, admin, null",
      `${NAME} 2, gateway, retail`,
      `${NAME} 3, viewer, retail`,
      `${NAME} 4, gateway, null`,
      `${NAME}, admin, null`,
    ]);
  });

  it("is the one of the start before, whose token ends then, also when that was killed", async () => {
    const killed = await start();
    const before = await roles();

    const made = await start();

    assert.deepEqual([await statusWith(killed.token), await statusWith(made.token)], [401, 200]);
    assert.deepEqual(await roles(), before);
  });
});
