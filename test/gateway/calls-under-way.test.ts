import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { CLIENT, type GatewayBench, startBench } from "../support/gateway/running-gateway";
import { removeTemporaryFolders } from "../support/process/temporary-folder";
import { until } from "../support/process/until";

const PATH = "/api/external/list/profile";

describe("calls that wait for the External API", () => {
  let bench: GatewayBench;
  let token: string;
  let held: ServerResponse[];
  beforeEach(async () => {
    bench = await startBench({ yaml: "limits: { connections: 1, waiting: 2, connect: 1s }" });
    bench.feed.set({ id: CLIENT, permissions: ["list:profile"] });
    token = bench.feed.token(CLIENT, ["list:profile"]);
    await until(async () => (await bench.call(PATH, token)).status === 200);
    held = [];
    bench.upstream.answerWith((_request, response) => held.push(response));
  });
  afterEach(() => bench.close());
  after(removeTemporaryFolders);

  it("are not sent when their permission is taken away meanwhile", async () => {
    const calls = [1, 2, 3].map(() => bench.call(PATH, token));
    // Two are under way: one was sent, and one waits.
    const busy = await Promise.race(calls);
    await until(() => held.length === 1);
    bench.feed.set({ id: CLIENT, permissions: [] });
    await until(async () => (await bench.call(PATH, token)).status === 403);
    const { length } = bench.upstream.arrived;

    held[0]?.end("{}");

    assert.equal(busy.status, 503);
    assert.deepEqual(await statusesOf(calls), [200, 403, 503]);
    assert.equal(bench.upstream.arrived.length, length);
  });

  it("count as under way until their answers are whole", async () => {
    bench.upstream.answerWith((_request, response) => {
      held.push(response);
      response.write("begun");
    });
    const streaming = await fetchOpen();
    bench.upstream.answerWith(null);
    const calls = [bench.call(PATH, token), bench.call(PATH, token)];

    const busy = await Promise.race(calls);
    held[0]?.end();
    await streaming.body?.pipeTo(new WritableStream());

    assert.equal(busy.status, 503);
    assert.deepEqual(await statusesOf(calls), [200, 503]);
    await until(async () => (await bench.call(PATH, token)).status === 200);
  });

  it("are counted as used only when they are sent", async () => {
    const before = bench.upstream.arrived.length;
    const calls = [1, 2, 3].map(() => bench.call(PATH, token));
    const busy = await Promise.race(calls);
    await until(() => held.length === 1);
    await bench.upstream.close();
    const statuses = await statusesOf(calls);
    await bench.gateway.close();

    const uses = bench.feed.reports.flatMap((report) => report.uses);
    assert.deepEqual([busy.status, statuses], [503, [502, 502, 503]]);
    assert.equal(
      uses.reduce((sum, { count }) => sum + count, 0),
      before + 1,
    );
  });

  async function statusesOf(calls: readonly Promise<{ readonly status: number }>[]): Promise<number[]> {
    return (await Promise.all(calls)).map(({ status }) => status).sort((one, other) => one - other);
  }

  function fetchOpen(): Promise<Response> {
    return fetch(bench.gateway.endpoint + PATH, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: "{}",
    });
  }
});
