import assert from "node:assert/strict";
import { AccessClient } from "xtremepush-access";
import { startTestBackend, type TestBackend } from "../../support/backend/backend";

const NOW = new Date("2026-11-29T10:00:00.000Z");
const END = "2026-12-01T10:00:00.000Z";

describe("the header xtremepush-token-expires", () => {
  let backend: TestBackend;
  before(async () => {
    backend = await startTestBackend({ clock: () => NOW });
  });
  after(() => backend.close());

  const endTold = async (token: string | null, path = "/v1/backend") => {
    const headers = token === null ? {} : { authorization: `Bearer ${token}` };
    const answer = await fetch(`${backend.endpoint}${path}`, { headers });
    await answer.text();
    return [answer.status, answer.headers.get("xtremepush-token-expires")];
  };

  it("tells an actor when its token ends, also where it is refused", async () => {
    const token = await backend.makeActor("viewer", ["acme"], { expiresTime: new Date(END) });

    assert.deepEqual(await endTold(token), [200, END]);
    assert.deepEqual(await endTold(token, "/v1/actors"), [403, END]);
  });

  it("is not there for a token without an end, and for nobody", async () => {
    assert.deepEqual(await endTold(backend.adminToken), [200, null]);
    assert.deepEqual(await endTold(null), [401, null]);
    assert.deepEqual(await endTold(null, "/healthz"), [200, null]);
  });

  it("tells the end of the overlap for a token that was replaced", async () => {
    const admin = new AccessClient({ endpoint: backend.endpoint, token: backend.adminToken });
    const before = await admin.actors.create({ name: "nightly", role: "admin", expiresTime: END });

    const after = await admin.actors.rotate(before.id, { overlap: "1h" });

    assert.deepEqual(await endTold(before.token), [200, "2026-11-29T11:00:00.000Z"]);
    assert.deepEqual(await endTold(after.token), [200, END]);
  });
});
