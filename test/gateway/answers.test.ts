import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { HiddenSecrets } from "../../gateway/src/upstream/hidden-secrets";
import { APP_TOKEN, type GatewayBench, grantListing, startBench } from "../support/gateway/running-gateway";
import { removeTemporaryFolders } from "../support/process/temporary-folder";
import { until } from "../support/process/until";

const STARS = "*".repeat(APP_TOKEN.length);
const PATH = "/api/external/list/profile";

describe("the answer of the External API", () => {
  let bench: GatewayBench;
  let token: string;
  before(async () => {
    bench = await startBench({ yaml: "limits: { answer: 2s, waiting: 2 }" });
    token = await grantListing(bench);
  });
  after(async () => {
    await bench.close();
    removeTemporaryFolders();
  });
  afterEach(() => bench.upstream.answerWith(null));

  it("comes without the app token, in whatever pieces it is sent", async () => {
    const text = `{"echo":"${APP_TOKEN}","again":"${APP_TOKEN.replace("/", "\\/")}"}`;
    for (const isLong of [false, true]) {
      bench.upstream.answerWith(async (_request, response) => {
        const tail = isLong ? "x".repeat(100_000) : "";
        response.writeHead(200, isLong ? { "x-token": APP_TOKEN } : { "content-length": text.length });
        for (const character of text) {
          response.write(character);
          await wait(0);
        }
        response.end(tail);
      });

      const answer = await bench.call(PATH, token);

      assert.equal(
        answer.text.slice(0, text.length),
        `{"echo":"${STARS}","again":"${"*".repeat(APP_TOKEN.length + 1)}"}`,
      );
      assert.equal(answer.headers.get("x-token"), null);
    }
  });

  it("comes with its status and its own headers, without cookies and headers of the connection", async () => {
    bench.upstream.answerWith((_request, response) => {
      response.writeHead(429, {
        "retry-after": "7",
        "set-cookie": "session=1",
        "x-own": "1",
        connection: "x-hop",
        "x-hop": "1",
      });
      response.end('{"code":429}');
    });

    const { status, headers, text } = await bench.call(PATH, token);

    assert.deepEqual([status, text], [429, '{"code":429}']);
    assert.deepEqual(
      ["retry-after", "set-cookie", "x-own", "x-hop"].map((name) => headers.get(name)),
      ["7", null, "1", null],
    );
  });

  it("begins before it is whole", async () => {
    const { promise: isSeen, resolve: seen } = Promise.withResolvers<void>();
    bench.upstream.answerWith(async (_request, response) => {
      response.write("first");
      await isSeen;
      response.end("last");
    });

    const response = await fetch(bench.gateway.endpoint + PATH, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: "{}",
    });
    const reader = response.body?.getReader();
    const first = await reader?.read();
    seen();
    const second = await reader?.read();

    assert.deepEqual(
      [first, second].map((each) => Buffer.from(each?.value ?? []).toString()),
      ["first", "last"],
    );
  });

  it("is never half an answer", async () => {
    bench.upstream.answerWith((_request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("half");
      setTimeout(() => response.destroy(), 20);
    });
    const short = await bench.call(PATH, token);
    bench.upstream.answerWith((_request, response) => {
      response.write("half");
      setTimeout(() => response.destroy(), 20);
    });

    assert.deepEqual([short.status, short.json["code"]], [502, "upstream_failed"]);
    await assert.rejects(bench.call(PATH, token), TypeError);
  });

  it("is a problem when it is no answer, late, or encoded, and the call was sent once", async () => {
    const outcomes: [number, string][] = [];
    const count = () => bench.upstream.arrived.length;
    const before = count();
    bench.upstream.answerWith((request) => void request.socket.destroy());
    outcomes.push(await outcome());
    bench.upstream.answerWith((request) => void request.socket.end("garbage\r\n\r\n"));
    outcomes.push(await outcome());
    bench.upstream.answerWith(
      (_request, response) => void response.writeHead(200, { "content-encoding": "gzip" }).end("x"),
    );
    outcomes.push(await outcome());
    bench.upstream.answerWith(() => undefined);
    outcomes.push(await outcome());

    assert.deepEqual(outcomes, [
      [502, "upstream_failed"],
      [502, "upstream_failed"],
      [502, "upstream_failed"],
      [504, "upstream_timeout"],
    ]);
    assert.equal(count() - before, 4);

    async function outcome(): Promise<[number, string]> {
      const { status, json, text } = await bench.call(PATH, token);
      assert.ok(!text.includes(APP_TOKEN));
      return [status, String(json["code"])];
    }
  });

  it("is 503 while as many calls are under way as may be", async () => {
    const waiting: (() => void)[] = [];
    bench.upstream.answerWith((_request, response) => waiting.push(() => response.end("{}")));
    const calls = [bench.call(PATH, token), bench.call(PATH, token)];
    await until(() => waiting.length === 2);

    const { status, headers, json } = await bench.call(PATH, token);
    for (const answer of waiting) answer();

    assert.deepEqual([status, json["code"], headers.get("retry-after")], [503, "busy", "1"]);
    assert.deepEqual(
      (await Promise.all(calls)).map((each) => each.status),
      [200, 200],
    );
  });

  it("is nothing that a log keeps", () => {
    const log = bench.log.join("");

    assert.ok(log.length > 0);
    for (const secret of [APP_TOKEN, token]) assert.ok(!log.includes(secret));
  });
});

describe("an External API that cannot be reached", () => {
  it("is tried again, because nothing was sent", async () => {
    const bench = await startBench();
    const token = await grantListing(bench);
    const { port } = new URL(bench.upstream.endpoint);
    await bench.upstream.close();
    const gone = await bench.call(PATH, token);
    const late = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"));
    });

    const call = bench.call(PATH, token);
    late.listen(Number(port), "127.0.0.1");
    await once(late, "listening");
    const { status } = await call;
    late.close();
    await bench.gateway.close();
    removeTemporaryFolders();

    assert.deepEqual([gone.status, gone.json["code"]], [502, "upstream_unreachable"]);
    assert.equal(status, 200);
  });
});

describe("secrets in an answer", () => {
  it("are found across any border, and nothing else is changed", () => {
    const text = `a${APP_TOKEN.slice(0, 9)}${APP_TOKEN}${APP_TOKEN.slice(0, -1)}!${APP_TOKEN}`;
    const expected = text.replaceAll(APP_TOKEN, STARS);

    for (let first = 0; first <= text.length; first += 1) {
      for (let second = first; second <= text.length; second += 7) {
        const hidden = new HiddenSecrets([APP_TOKEN]);
        const pieces = [text.slice(0, first), text.slice(first, second), text.slice(second)];
        const seen =
          pieces.map((piece) => hidden.push(Buffer.from(piece)).toString()).join("") + hidden.end().toString();
        assert.equal(seen, expected);
      }
    }
  });
});

describe("an escaped secret in an answer", () => {
  for (const form of [
    "secret/token",
    "secret\\/token",
    "secret%2Ftoken",
    "secret%2ftoken",
    "secret\\u002ftoken",
    "secret\\u002Ftoken",
  ]) {
    it(`is found as ${form}`, () => {
      const hidden = new HiddenSecrets(["secret/token"]);

      const text = Buffer.concat([hidden.push(Buffer.from(form)), hidden.end()]).toString();

      assert.equal(text, "*".repeat(form.length));
    });
  }
});

describe("an answer that nobody takes", () => {
  let bench: GatewayBench;
  let token: string;
  before(async () => {
    bench = await startBench({ yaml: "limits: { answer: 1s, connections: 1 }" });
    token = await grantListing(bench);
  });
  after(async () => {
    await bench.close();
    removeTemporaryFolders();
  });
  afterEach(() => bench.upstream.answerWith(null));

  it("gives its connection back when its status is none of HTTP", async () => {
    bench.upstream.answerWith((_request, response) => {
      response.writeHead(999, { "content-length": 1_000_000 });
      response.end("x".repeat(1_000_000));
    });

    const { status, json } = await bench.call(PATH, token);
    bench.upstream.answerWith(null);

    assert.deepEqual([status, json["code"]], [502, "upstream_failed"]);
    assert.equal((await bench.call(PATH, token)).status, 200);
  });

  it("gives its connection back when its caller does not read it", async () => {
    bench.upstream.answerWith((_request, response) => void response.end("x".repeat(20_000_000)));
    const { length } = bench.upstream.arrived;
    const socket = connect(Number(new URL(bench.gateway.endpoint).port), "127.0.0.1").pause();
    socket.on("error", () => undefined);
    socket.write(
      `POST ${PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\nAuthorization: Bearer ${token}\r\n\r\n{}`,
    );
    await until(() => bench.upstream.arrived.length > length);
    bench.upstream.answerWith(null);

    await until(async () => (await bench.call(PATH, token)).status === 200, 20_000);
    socket.destroy();
  });
});
