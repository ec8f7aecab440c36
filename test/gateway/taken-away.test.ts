import assert from "node:assert/strict";
import { AccessClient } from "xtremepush-access";
import { parseGatewayFile } from "../../gateway/src/file/read-gateway-file";
import { type RunningGateway, startGateway } from "../../gateway/src/server/start";
import { startTestBackend, type TestBackend } from "../support/backend/backend";
import { makeGrantedClient } from "../support/backend/oauth";
import { ExternalApiStandIn } from "../support/gateway/external-api";
import { removeTemporaryFolders, temporaryFolder } from "../support/process/temporary-folder";
import { until } from "../support/process/until";

const APP_TOKEN = "apptoken-0123456789";
/** `GATEWAY_CHANGES=300` measures as many, and then holds the 99th percentile to the promised second. */
const ASKED = process.env["GATEWAY_CHANGES"];
const CHANGES = Number(ASKED ?? 30);
const PROMISED_MS = 1_000;
/** What a machine that is busy with other tests may add now and then. */
const BUSY_MS = 5_000;

describe("what is taken away in the backend", function () {
  this.timeout(300_000);
  let backend: TestBackend;
  let upstream: ExternalApiStandIn;
  let gateways: RunningGateway[];

  before(async () => {
    backend = await startTestBackend();
    upstream = await ExternalApiStandIn.start(APP_TOKEN);
    await new AccessClient({ endpoint: backend.endpoint, token: backend.adminToken }).projects.create({
      slug: "retail",
    });
    const token = await backend.makeActor("gateway", ["retail"]);
    const file = parseGatewayFile(
      `version: 1
listen: { port: 0 }
backend: { endpoint: "${backend.endpoint}", token: { variable: XTREMEPUSH_TOKEN } }
projects: { retail: { upstream: "${upstream.endpoint}", appToken: { variable: APP_TOKEN } } }`,
      "gateway.yaml",
    );
    gateways = [];
    for (let number = 0; number < 2; number += 1) {
      const environment = { XTREMEPUSH_TOKEN: token, APP_TOKEN };
      gateways.push(await startGateway(file, { folder: temporaryFolder(), environment, log: { level: "silent" } }));
    }
    for (const { endpoint } of gateways) await until(async () => (await fetch(`${endpoint}/readyz`)).ok, 20_000);
  });
  after(async () => {
    for (const gateway of gateways) await gateway.close();
    await upstream.close();
    await backend.close();
    removeTemporaryFolders();
  });

  const statusAt = async ({ endpoint }: RunningGateway, token: string) => {
    const response = await fetch(`${endpoint}/api/external/list/profile`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: "{}",
    });
    await response.arrayBuffer();
    return response.status;
  };
  const untilAll = async (token: string, isThere: (status: number) => boolean) => {
    for (const gateway of gateways) await until(async () => isThere(await statusAt(gateway, token)), 20_000);
  };

  it(`is refused at every gateway, measured over ${CHANGES} changes`, async () => {
    const { access, id, secret } = await makeGrantedClient(backend, ["list:profile"]);
    const { access_token: token } = await access.oauth.token({ clientId: id, clientSecret: secret });
    const times: number[] = [];
    for (let change = 0; change < CHANGES; change += 1) {
      const { revision } = await access.grants.get("retail", id);
      if (change > 0) await access.grants.put("retail", id, { permissions: ["list:profile"] }, { ifMatch: revision });
      await untilAll(token, (status) => status === 200);
      const granted = await access.grants.get("retail", id);

      await access.grants.put("retail", id, { permissions: [] }, { ifMatch: granted.revision });
      const taken = performance.now();
      await untilAll(token, (status) => status === 403);
      times.push(performance.now() - taken);
    }
    times.sort((one, other) => one - other);
    const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN;
    if (ASKED !== undefined)
      console.log(`p50 ${at(0.5).toFixed(0)} ms, p99 ${at(0.99).toFixed(0)} ms, ${CHANGES} changes`);

    assert.ok(at(0.5) <= PROMISED_MS, `half took ${at(0.5)} ms`);
    assert.ok(at(0.99) <= (ASKED === undefined ? PROMISED_MS + BUSY_MS : PROMISED_MS), `p99 is ${at(0.99)} ms`);
  });

  it("is refused when it is the token, or the client", async () => {
    const { access, id, secret } = await makeGrantedClient(backend, ["list:profile"]);
    const client = { clientId: id, clientSecret: secret };
    const { access_token: revoked } = await access.oauth.token(client);
    const { access_token: left } = await access.oauth.token(client);
    await untilAll(left, (status) => status === 200);
    await untilAll(revoked, (status) => status === 200);

    await access.oauth.revoke(revoked, client);
    await untilAll(revoked, (status) => status === 401);
    assert.equal(await statusAt(gateways[0] ?? assert.fail(), left), 200);
    const { revision } = await access.clients.get("retail", id);
    await access.clients.delete("retail", id, { ifMatch: revision });

    await untilAll(left, (status) => status === 401);
  });
});
