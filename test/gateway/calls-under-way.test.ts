import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { movedClock } from "../support/gateway/moved-clock";
import { rawConnection, statusesOf as statusesIn } from "../support/gateway/raw-call";
import { CLIENT, type GatewayBench, grantListing, startBench } from "../support/gateway/running-gateway";
import { removeTemporaryFolders } from "../support/process/temporary-folder";
import { until } from "../support/process/until";

const PATH = "/api/external/list/profile";

describe("calls that wait for the External API", () => {
  let bench: GatewayBench;
  let clock: ReturnType<typeof movedClock>;
  let token: string;
  let held: ServerResponse[];
  beforeEach(async () => {
    clock = movedClock();
    bench = await startBench({ clock, yaml: "limits: { connections: 1, waiting: 2, connect: 1s }" });
    token = await grantListing(bench);
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

  /** Of a token with half a minute left; longer, and what clients may do would count as stale. */
  const shortToken = () => bench.feed.token(CLIENT, ["list:profile"], { exp: Math.floor(Date.now() / 1_000) + 30 });
  const endings: Readonly<Record<string, readonly [end: () => void, why: string]>> = {
    "token ends": [() => clock.moveBy(31_000), "the access token is over; request another"],
    "token's signing key is withdrawn": [
      () => bench.feed.withdrawKey(),
      "the access token is not one of this backend for the External API",
    ],
  };
  for (const [what, [end, why]] of Object.entries(endings)) {
    it(`are not sent when their ${what} meanwhile`, async () => {
      const ending = shortToken();
      const calls = [1, 2, 3].map(() => bench.call(PATH, ending));
      await Promise.race(calls);
      await until(() => held.length === 1);
      end();
      await until(async () => (await bench.call(PATH, ending)).status === 401);
      const { length } = bench.upstream.arrived;

      held[0]?.end("{}");

      assert.deepEqual(await statusesOf(calls), [200, 401, 503]);
      const refused = (await Promise.all(calls)).find(({ status }) => status === 401);
      assert.deepEqual([refused?.json["code"], refused?.json["detail"]], ["unauthenticated", why]);
      assert.equal(bench.upstream.arrived.length, length);
    });
  }

  it("are not sent when their token ends while their bodies come", async () => {
    bench.upstream.answerWith(null);
    const ending = shortToken();
    const { send, received, socket } = await rawConnection(bench.gateway.endpoint);
    const head = [`POST ${PATH} HTTP/1.1`, "Host: x", "Content-Type: application/json", "Content-Length: 2"];
    send(`${[...head, `Authorization: Bearer ${ending}`, "Expect: 100-continue"].join("\r\n")}\r\n\r\n`);
    await until(() => statusesIn(received()).length === 1);
    // Answered later, so the head has been decided about.
    assert.equal((await bench.call(PATH, ending)).status, 200);
    const { length } = bench.upstream.arrived;

    clock.moveBy(31_000);
    send("{}");

    await until(() => statusesIn(received()).length === 2);
    socket.destroy();
    assert.deepEqual(statusesIn(received()), [100, 401]);
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
