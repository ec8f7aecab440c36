import assert from "node:assert/strict";
import { assertProblem, callerOf } from "../../support/backend/api";
import { startTestBackend } from "../../support/backend/backend";

describe("limits", function () {
  this.timeout(30_000);

  it("refuse the actor that asks too often, tell it when to come back, and no other", async () => {
    const backend = await startTestBackend({ limits: { actorRequests: 3 } });
    const busy = callerOf(backend.endpoint, await backend.makeActor("viewer", []));
    const other = callerOf(backend.endpoint, backend.adminToken);
    for (let index = 0; index < 3; index++) assert.equal((await busy("GET /v1/backend")).status, 200);

    const refused = await busy("GET /v1/backend");

    const headers = ["ratelimit-limit", "ratelimit-remaining"].map((name) => refused.headers.get(name));
    assert.deepEqual(headers, ["3", "0"]);
    assert.equal(refused.headers.get("ratelimit-reset"), refused.headers.get("retry-after"));
    assert.match(assertProblem(refused, "rate_limited").detail, /this actor .* wait \d+ s/);
    const wait = Number(refused.headers.get("retry-after"));
    assert.ok(wait >= 1 && wait <= 10);
    assert.equal((await other("GET /v1/backend")).status, 200);
    await backend.close();
  });

  it("refuse the address that asks too often before looking at its tokens, but not its health checks", async () => {
    const backend = await startTestBackend({ limits: { addressRequests: 3 } });
    const stranger = callerOf(backend.endpoint, null);
    for (let index = 0; index < 3; index++) assertProblem(await stranger("GET /v1/backend"), "unauthenticated");

    const refused = await callerOf(backend.endpoint, backend.adminToken)("GET /v1/backend");

    assert.match(assertProblem(refused, "rate_limited").detail, /this address/);
    assertProblem(await stranger("GET /nowhere"), "rate_limited");
    assert.equal((await stranger("GET /healthz")).status, 200);
    assert.equal((await stranger("GET /readyz")).status, 200);
    await backend.close();
  });

  it("believe a forwarded address only from a trusted proxy", async () => {
    const plain = await startTestBackend({ limits: { addressRequests: 1 } });
    const proxied = await startTestBackend({ limits: { addressRequests: 1 }, trustedProxies: ["127.0.0.1"] });
    const ask = async (endpoint: string, address: string) => {
      const headers = { "x-forwarded-for": address };
      return (await callerOf(endpoint, null)("GET /nowhere", { headers })).status;
    };

    const unbelieved = [await ask(plain.endpoint, "203.0.113.1"), await ask(plain.endpoint, "203.0.113.2")];
    const believed = [await ask(proxied.endpoint, "203.0.113.1"), await ask(proxied.endpoint, "203.0.113.2")];

    assert.deepEqual(unbelieved, [404, 429]);
    assert.deepEqual(believed, [404, 404]);
    await plain.close();
    await proxied.close();
  });
});
