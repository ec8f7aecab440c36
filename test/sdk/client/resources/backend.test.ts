import assert from "node:assert/strict";
import { AccessClient } from "xtremepush-access";
import { suiteAccess } from "../../../support/backend/suite-access";
import { randomToken } from "../../../support/sdk/random-secrets";

describe("access.backend", () => {
  const suite = suiteAccess();

  it("tells which backend it is, the same each time", async () => {
    const { viewer, admin } = suite();

    const backend = await viewer.backend.get();

    assert.notEqual(backend.id, "");
    assert.match(backend.version, /^\d+\.\d+\.\d+/);
    assert.deepEqual(await admin.backend.get(), backend);
  });

  it("refuses a token that is wrong", async () => {
    const { backend } = suite();
    const stranger = new AccessClient({ endpoint: backend.endpoint, token: randomToken() });

    await assert.rejects(stranger.backend.get(), { name: "AuthenticationError", code: "unauthenticated", status: 401 });
  });

  it("is not asked without a token", async () => {
    const { nobody } = suite();

    await assert.rejects(nobody.backend.get(), {
      name: "AuthenticationError",
      code: "unauthenticated",
      status: undefined,
      message: "GET /v1/backend was not sent: this AccessClient has no token; pass one",
    });
  });
});
