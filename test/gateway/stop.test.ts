import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { Agent, type IncomingMessage, request, type ServerResponse } from "node:http";
import { get } from "node:https";
import { connect } from "node:net";
import path from "node:path";
import { text as textOf } from "node:stream/consumers";
import { connect as connectTls } from "node:tls";
import { Draining } from "xtremepush-access/serving";
import { type RawConnection, rawConnection, statusesOf } from "../support/gateway/raw-call";
import { drip } from "../support/gateway/raw-upstream";
import { CLIENT, type GatewayBench, grantListing, startBench } from "../support/gateway/running-gateway";
import { ScriptedFeed } from "../support/gateway/scripted-feed";
import { removeTemporaryFolders, temporaryFolder } from "../support/process/temporary-folder";
import { until } from "../support/process/until";
import { makeCertificate } from "../support/sdk/certificates";

const PATH = "/api/external/list/profile";
/** Far less than the 72 seconds of an idle connection, and enough for a machine with much to do. */
const SOON_MS = 5_000;

describe("the stop of a gateway", () => {
  let bench: GatewayBench;
  let token: string;
  let held: ServerResponse[];
  let connections: RawConnection[];
  beforeEach(async () => {
    bench = await startBench({ yaml: "limits: { answer: 1s }\ndecide: { port: 0 }\nmetrics: { port: 0 }" });
    token = await grantListing(bench);
    held = [];
    connections = [];
  });
  afterEach(async () => {
    for (const { socket } of connections) socket.destroy();
    await bench.close();
    removeTemporaryFolders();
  });

  const hold = () => bench.upstream.answerWith((_request, response) => void held.push(response));
  const open = async (endpoint: string) => {
    const connection = await rawConnection(endpoint);
    connections.push(connection);
    return connection;
  };
  const rawCallOf = (name = PATH) =>
    `POST ${name} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\nAuthorization: Bearer ${token}\r\n\r\n{}`;
  /** Begins to stop it. @returns when it takes no connection any more, and whether it has stopped within a time. */
  async function beginStop(): Promise<{ endsSoon(): Promise<boolean> }> {
    const { port } = new URL(bench.gateway.endpoint);
    const stopped = bench.gateway.close().then(() => true);
    await until(async () => {
      const socket = connect(Number(port), "127.0.0.1");
      const isOpen = await once(socket, "connect").then(
        () => true,
        () => false,
      );
      socket.destroy();
      return !isOpen;
    });
    return { endsSoon: () => within(stopped) };
  }

  it("answers a slow call of a caller that sends the next one at once, and ends with that answer", async () => {
    hold();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const slow = send(agent);
    await until(() => held.length === 1);
    const next = send(agent).catch(({ code }) => code);

    const { endsSoon } = await beginStop();
    held[0]?.end('{"late":true}');

    assert.deepEqual(await slow, { status: 200, connection: "close", text: '{"late":true}' });
    assert.equal(await next, "ECONNREFUSED");
    assert.ok(await endsSoon());
  });

  it("answers the next request of an idle connection at each of its listeners, and closes it then", async () => {
    const { endpoint, metricsEndpoint, decideEndpoint } = bench.gateway;
    const question = `GET /v1/decide HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nX-Original-URI: ${PATH}\r\nX-Original-Method: POST\r\n\r\n`;
    const used: [RawConnection, string][] = [];
    for (const [at, bytes] of [
      [endpoint, rawCallOf()],
      [metricsEndpoint ?? "", "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"],
      [decideEndpoint ?? "", question],
    ] as const) {
      const connection = await open(at);
      connection.send(bytes);
      await until(() => statusesOf(connection.received()).length === 1);
      used.push([connection, bytes]);
    }

    const stopped = bench.gateway.close().then(() => true);
    for (const [connection, bytes] of used) connection.send(bytes);

    assert.ok(await within(stopped));
    for (const [connection] of used) {
      const answers = connection.received().split(/(?=HTTP\/1\.1 \d)/);
      assert.deepEqual(
        answers.map((answer) => [/^HTTP\/1\.1 20[04] /.test(answer), isLast(answer)]),
        [
          [true, false],
          [true, true],
        ],
      );
    }
  });

  it("answers every call that was sent without waiting for the one before, and closes after the last", async () => {
    hold();
    const connection = await open(bench.gateway.endpoint);
    connection.send(rawCallOf().repeat(3));
    await until(() => held.length === 1);

    const { endsSoon } = await beginStop();
    for (const number of [1, 2, 3]) {
      await until(() => held.length === number);
      held[number - 1]?.end(`{"answer":${number}}`);
    }

    assert.ok(await endsSoon());
    const answers = connection.received().split(/(?=HTTP\/1\.1 \d)/);
    assert.deepEqual(statusesOf(connection.received()), [200, 200, 200]);
    assert.deepEqual(answers.map(isLast), [false, false, true]);
  });

  it("does not carry out a call that comes behind the last answer of its connection", async () => {
    hold();
    const [connection, other] = [await open(bench.gateway.endpoint), await open(bench.gateway.endpoint)];
    connection.send(rawCallOf());
    await until(() => held.length === 1);
    other.send(rawCallOf());
    await until(() => held.length === 2);
    const { endsSoon } = await beginStop();
    const { length } = bench.upstream.arrived;
    held[0]?.write("begun");
    await until(() => connection.received().includes("begun"));

    connection.send(rawCallOf());
    // Answered later, so that call has been read.
    held[1]?.end("{}");
    await until(() => other.isClosed());
    held[0]?.end("done");

    assert.ok(await endsSoon());
    assert.match(connection.received(), /begun[\s\S]*done/);
    assert.deepEqual(statusesOf(connection.received()), [200]);
    assert.equal(bench.upstream.arrived.length, length);
  });

  it("ends soon after an answer that began before it", async () => {
    hold();
    const connection = await open(bench.gateway.endpoint);
    connection.send(rawCallOf());
    await until(() => held.length === 1);
    held[0]?.write("begun");
    await until(() => connection.received().includes("begun"));

    const { endsSoon } = await beginStop();
    held[0]?.end("done");

    assert.ok(await endsSoon());
    assert.match(connection.received(), /begun[\s\S]*done/);
  });

  it("says that it is not ready to a load balancer that asks meanwhile", async () => {
    hold();
    const [calling, asking] = [await open(bench.gateway.endpoint), await open(bench.gateway.endpoint)];
    calling.send(rawCallOf());
    await until(() => held.length === 1);

    const stopped = bench.gateway.close().then(() => true);
    asking.send("GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n");
    await until(() => asking.isClosed());
    held[0]?.end("{}");

    assert.deepEqual(statusesOf(asking.received()), [503]);
    assert.ok(await within(stopped));
  });

  it("reports at once what was counted, while calls are under way", async () => {
    hold();
    const connection = await open(bench.gateway.endpoint);
    connection.send(rawCallOf());
    await until(() => held.length === 1);

    const stopped = bench.gateway.close().then(() => true);
    const counted = () => bench.feed.reports.flatMap(({ uses }) => uses);
    await until(() => counted().length > 0);
    assert.equal(connection.received(), "");
    held[0]?.end("{}");

    assert.ok(await within(stopped));
    // The one before, and the one under way.
    assert.deepEqual(
      counted().map(({ permission, count }) => [permission, count]),
      [["list:profile", 2]],
    );
  });

  it("keeps at once what was counted, where the backend is away", async () => {
    const file = path.join(bench.folder, ".xtremepush-access-gateway/use.jsonl");
    bench.feed.away(true);
    hold();
    const connection = await open(bench.gateway.endpoint);
    connection.send(rawCallOf());
    await until(() => held.length === 1);

    const stopped = bench.gateway.close().then(() => true);
    await until(() => existsSync(file));
    assert.equal(connection.received(), "");
    held[0]?.end("{}");

    assert.ok(await within(stopped));
    assert.match(readFileSync(file, "utf8"), /list:profile/);
  });

  it("survives an answer that breaks off while it is held back", async () => {
    hold();
    const connection = await open(bench.gateway.endpoint);
    connection.send(rawCallOf());
    await until(() => held.length === 1);

    const stopped = bench.gateway.close().then(() => true);
    const isHeldBack = heldBack();
    held[0]?.write("begun");
    await isHeldBack;
    assert.equal(connection.received(), "");
    held[0]?.destroy();

    assert.ok(await within(stopped));
    const [status, ...others] = statusesOf(connection.received());
    assert.ok(status === 200 || status === 502, connection.received());
    assert.deepEqual(others, []);
  });

  it("survives an answer that cannot be sent on, and answers the other calls", async () => {
    hold();
    const [connection, other] = [await open(bench.gateway.endpoint), await open(bench.gateway.endpoint)];
    connection.send(rawCallOf());
    await until(() => held.length === 1);
    other.send(rawCallOf());
    await until(() => held.length === 2);

    const stopped = bench.gateway.close().then(() => true);
    const isHeldBack = heldBack();
    held[0]?.end("{}");
    const response = await isHeldBack;
    // As Node.js refuses a header that it does not take.
    response.writeHead = () => {
      Reflect.deleteProperty(response, "writeHead");
      throw new Error("a head that cannot be sent");
    };
    held[1]?.end("{}");

    assert.ok(await within(stopped));
    assert.deepEqual(statusesOf(connection.received()), [500]);
    assert.deepEqual(statusesOf(other.received()), [200]);
  });

  it("does not wait longer than the time of an answer, and five seconds, for one without an end", async () => {
    bench.upstream.answerWith((_request, response) => {
      response.write("begun");
      // Its connection is there while it answers.
      if (response.socket !== null) drip(response.socket, "1\r\nx\r\n");
    });
    const connection = await open(bench.gateway.endpoint);
    connection.send(rawCallOf());
    await until(() => connection.received().includes("begun"));

    assert.ok(
      await within(
        bench.gateway.close().then(() => true),
        6_000 + SOON_MS,
      ),
    );
    assert.ok(connection.received().endsWith("1\r\nx\r\n"));
  });

  async function send(agent: Agent) {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const sent = request(bench.gateway.endpoint + PATH, { method: "POST", headers, agent });
    sent.end("{}");
    // The first argument of the event is the answer.
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    const { connection } = answer.headers;
    return { status: answer.statusCode, connection, text: await textOf(answer) };
  }
});

describe("the stop of a gateway with its own TLS", () => {
  after(removeTemporaryFolders);

  it("answers the call under way, and waits for no caller that said nothing", async () => {
    const folder = temporaryFolder();
    const { certificate, privateKey } = await makeCertificate();
    writeFileSync(path.join(folder, "tls.crt"), certificate);
    writeFileSync(path.join(folder, "tls.key"), privateKey);
    const feed = new ScriptedFeed();
    feed.set({ id: CLIENT, permissions: ["list:profile"] });
    const tls = { cert: "tls.crt", key: "tls.key" };
    const bench = await startBench({ folder, tls, feed, ready: false });
    const { promise: isHeld, resolve: holding } = Promise.withResolvers<ServerResponse>();
    bench.upstream.answerWith((_request, response) => holding(response));
    const port = Number(new URL(bench.gateway.endpoint).port);
    // One before its handshake, one after it, one with a call.
    const silent = connect(port, "127.0.0.1");
    const [idle, calling] = [0, 1].map(() =>
      connectTls({ port, host: "127.0.0.1", ca: certificate, rejectUnauthorized: false }),
    );
    for (const socket of [silent, idle, calling]) socket?.on("error", () => undefined);
    await Promise.all([
      once(silent, "connect"),
      once(idle ?? silent, "secureConnect"),
      once(calling ?? silent, "secureConnect"),
    ]);
    await until(() => isReady(bench.gateway.endpoint));
    const token = feed.token(CLIENT, ["list:profile"]);
    calling?.write(
      `POST ${PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\nAuthorization: Bearer ${token}\r\n\r\n{}`,
    );
    const response = await isHeld;

    const stopped = bench.gateway.close().then(() => true);
    response.end('{"late":true}');

    const answer = await textOf(calling ?? silent);
    assert.match(answer, /^HTTP\/1\.1 200 [\s\S]*\r\nconnection: close\r\n[\s\S]*\{"late":true\}$/i);
    assert.ok(await within(stopped));
    await bench.close();
  });
});

/** Asks on a connection of its own. */
async function isReady(endpoint: string): Promise<boolean> {
  const [answer] = await once(get(`${endpoint}/readyz`, { agent: false, rejectUnauthorized: false }), "response");
  answer.resume();
  return answer.statusCode === 200;
}

/** Resolves with the next answer of a gateway that stops, as it is held back. */
function heldBack(): Promise<ServerResponse> {
  const { mayAnswer } = Draining.prototype;
  const { promise, resolve } = Promise.withResolvers<ServerResponse>();
  Draining.prototype.mayAnswer = function (response) {
    Draining.prototype.mayAnswer = mayAnswer;
    resolve(response);
    return mayAnswer.call(this, response);
  };
  return promise;
}

/** Whether an answer says that its connection ends with it. */
function isLast(answer: string): boolean {
  return /\r\nconnection: close\r\n/i.test(answer);
}

async function within(done: Promise<boolean>, ms = SOON_MS): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const isDone = await Promise.race([done, late]);
  clearTimeout(timer);
  return isDone;
}
