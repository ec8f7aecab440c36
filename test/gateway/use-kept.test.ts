import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { UseReport } from "xtremepush-access/schemas";
import { startTestBackend, type TestBackend } from "../support/backend/backend";
import { type FaultProxy, startFaultProxy } from "../support/backend/fault-proxy";
import { type GrantedClient, makeGrantedClient } from "../support/backend/oauth";
import { ExternalApiStandIn } from "../support/gateway/external-api";
import { type GatewayProcess, startGatewayProcess } from "../support/gateway/gateway-process";
import { APP_TOKEN } from "../support/gateway/running-gateway";
import { removeTemporaryFolders, temporaryFolder } from "../support/process/temporary-folder";
import { until } from "../support/process/until";

/** Longer than the interval of the reports. */
const PATIENCE_MS = 40_000;

describe("the use that a gateway has counted", function () {
  this.timeout(180_000);
  let backend: TestBackend;
  let way: FaultProxy;
  let upstream: ExternalApiStandIn;
  let client: GrantedClient;
  let gateway: GatewayProcess;
  let folder: string;
  let file: string;

  before(async () => {
    folder = temporaryFolder();
    file = path.join(folder, ".xtremepush-access-gateway/use.jsonl");
    backend = await startTestBackend();
    way = await startFaultProxy(backend.endpoint);
    upstream = await ExternalApiStandIn.start(APP_TOKEN);
    client = await makeGrantedClient(backend, ["info:task"]);
  });
  after(async () => {
    await gateway.close();
    await way.close();
    await upstream.close();
    await backend.close();
    removeTemporaryFolders();
  });

  const start = async (actor: string) => {
    const yaml = `version: 1
listen: { port: 0 }
decide: { port: 0 }
backend: { endpoint: "${way.endpoint}", token: { variable: XTREMEPUSH_TOKEN } }
projects: { retail: { upstream: "${upstream.endpoint}", appToken: { variable: APP_TOKEN } } }
`;
    gateway = await startGatewayProcess(yaml, { XTREMEPUSH_TOKEN: actor, APP_TOKEN }, folder);
  };
  const kept = () => {
    if (!existsSync(file)) return 0;
    const [, ...lines] = readFileSync(file, "utf8").trimEnd().split("\n");
    return lines.reduce((sum, line) => sum + callsOf(line), 0);
  };
  const counted = async () => {
    const { permissions } = await client.access.use.ofClient("retail", client.id);
    return permissions.reduce((sum, { count }) => sum + count, 0);
  };

  it("counts once after kills without the backend and before its answer, but for the last interval", async () => {
    const { access_token: token } = await client.access.oauth.token({
      clientId: client.id,
      clientSecret: client.secret,
    });
    const call = async (times: number) => {
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
      for (let time = 0; time < times; time += 1) {
        const sent = await fetch(`${gateway.endpoint}/api/external/info/task`, { method: "POST", headers, body: "{}" });
        assert.equal(sent.status, 200);
        await sent.text();
      }
    };
    const actor = await backend.makeActor("gateway", ["retail"]);
    await start(actor);

    way.meet(() => "cut-before");
    await call(5);
    await until(() => kept() === 5, PATIENCE_MS);
    await call(4);
    await until(() => kept() === 9, PATIENCE_MS);
    await call(3);
    await gateway.close();
    const surviving = kept();
    const mode = statSync(file).mode & 0o777;
    const arrived: string[] = [];
    const killed = Promise.withResolvers<void>();
    way.meet(
      ({ body }) => {
        if (!isReport(body)) return null;
        arrived.push(body);
        return "kill-after";
      },
      async () => {
        await gateway.close();
        killed.resolve();
      },
    );
    await start(actor);
    await killed.promise;
    const once = await counted();
    way.meet(({ body }) => {
      if (isReport(body)) arrived.push(body);
      return null;
    });
    await start(actor);
    await until(() => !existsSync(file), PATIENCE_MS);

    // The last three may have been kept, if an interval ended just then.
    assert.ok(surviving >= 9 && surviving <= 12, `${surviving}`);
    assert.equal(mode, 0o600);
    assert.ok(arrived.length > 1 && arrived[1] === arrived[0], arrived.join("\n"));
    assert.ok(once > 0);
    assert.equal(await counted(), surviving);
  });
});

function isReport(body: string): boolean {
  return body.includes('"batch"');
}

function callsOf(line: string): number {
  return UseReport.parse(JSON.parse(line)).uses.reduce((sum, { count }) => sum + count, 0);
}
