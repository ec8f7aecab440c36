import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { AppToken } from "../../gateway/src/upstream/credential";
import { type Exchange, UpstreamFailure } from "../../gateway/src/upstream/exchange";
import { Upstream } from "../../gateway/src/upstream/upstream";
import { answerOf, drip, flood, type RawAnswer, RawUpstream } from "../support/gateway/raw-upstream";
import { APP_TOKEN, type GatewayBench, grantListing, startBench } from "../support/gateway/running-gateway";
import { removeTemporaryFolders } from "../support/process/temporary-folder";
import { until } from "../support/process/until";

type Pool = ConstructorParameters<typeof Upstream>[0]["pool"];

const PATH = "/api/external/list/profile";
const HEAD = "HTTP/1.1 200 OK\r\n";
const CHUNKED = `${HEAD}Transfer-Encoding: chunked\r\n\r\n`;
const FAILED = "502 upstream_failed";
const LATE = "504 upstream_timeout";

const ends: (text: string | Uint8Array) => RawAnswer = (text) => (socket) => void socket.end(text);
const floods: (first: string, again: string) => RawAnswer = (first, again) => (socket) => {
  socket.write(first);
  flood(socket, again);
};
const drips: (first: string, again: string) => RawAnswer = (first, again) => (socket) => {
  socket.write(first);
  drip(socket, again);
};
/** The connection stays open, so that what is said about the length counts. */
const writes: (text: string | Uint8Array) => RawAnswer = (text) => (socket) => void socket.write(text);

/** What the caller gets: the status and the code of the problem, or the status and the body. */
const ANSWERS: Readonly<Record<string, readonly [answer: RawAnswer, expected: string]>> = {
  "no bytes and an end": [ends(""), FAILED],
  "a reset": [(socket) => void socket.resetAndDestroy(), FAILED],
  "no HTTP": [ends("<html>"), FAILED],
  "an alert of TLS": [ends(Buffer.from("15030100020228", "hex")), FAILED],
  "a frame of HTTP/2": [ends(Buffer.from("000000040000000000", "hex")), FAILED],
  "HTTP/3.0": [writes("HTTP/3.0 200 OK\r\nContent-Length: 2\r\n\r\n{}"), FAILED],
  "line feeds alone": [writes("HTTP/1.1 200 OK\nContent-Length: 2\n\n{}"), FAILED],
  "a status of four digits": [writes("HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\n{}"), FAILED],
  "the status 099": [writes("HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n"), FAILED],
  "the status 600": [writes("HTTP/1.1 600 OK\r\nContent-Length: 2\r\n\r\n{}"), FAILED],
  "another protocol": [writes("HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"), FAILED],
  "a control character in a header": [writes(answerOf("{}", ["X: a\x01b"])), FAILED],
  "a folded header": [writes(answerOf("{}", ["X: a\r\n b"])), FAILED],
  "both lengths": [
    writes(`${HEAD}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`),
    FAILED,
  ],
  "two lengths": [writes(`${HEAD}Content-Length: 3\r\n${answerOf("{}").slice(HEAD.length)}`), FAILED],
  "less than its length": [ends(`${HEAD}Content-Length: 3\r\n\r\n{}`), FAILED],
  "more than its length": [writes(`${answerOf("{}")}{"more":1}`), "200 {}"],
  "another answer behind it": [writes(answerOf("{}") + answerOf('"of another call"')), "200 {}"],
  "a chunk that is none": [writes(`${CHUNKED}x\r\n{}\r\n0\r\n\r\n`), FAILED],
  "a body cut before its first byte": [ends(`${CHUNKED}5\r\n`), FAILED],
  "trailers without an end": [floods(`${CHUNKED}0\r\n`, "a: b\r\n"), FAILED],
  "a chunk extension without an end": [floods(`${CHUNKED}5;`, "a"), LATE],
  "a header without an end": [floods(`${HEAD}X: `, "y"), FAILED],
  "headers without an end": [floods(HEAD, "X: y\r\n"), FAILED],
  "headers that drip": [drips(HEAD, "X: y\r\n"), LATE],
  "a status line without an end": [floods("HTTP/1.1 200 ", "y"), LATE],
  "empty lines without an end": [drips("", "\r\n"), LATE],
  "early answers without an end": [drips("", "HTTP/1.1 102 Processing\r\n\r\n"), LATE],
  "nothing at all": [() => undefined, LATE],
  "a short body that drips": [drips(`${HEAD}Content-Length: 10000\r\n\r\n`, "x"), LATE],
  "early answers and then one": [writes(`HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${answerOf("{}")}`), "200 {}"],
  "a body without a length": [ends("HTTP/1.0 200 OK\r\n\r\n{}"), "200 {}"],
  "gzip that is none": [writes(answerOf("{}", ["Content-Encoding: gzip"])), FAILED],
  "gzip behind identity": [writes(answerOf("{}", ["Content-Encoding: identity", "Content-Encoding: gzip"])), FAILED],
  "gzip as the coding of the transfer": [
    (socket) => {
      const hidden = gzipSync(APP_TOKEN);
      socket.write(CHUNKED.replace("chunked", "gzip, chunked"));
      socket.write(`${hidden.length.toString(16)}\r\n`);
      socket.write(hidden);
      socket.write("\r\n0\r\n\r\n");
    },
    FAILED,
  ],
  "gzip until the end": [
    (socket) => {
      socket.write(CHUNKED.replace("chunked", "gzip"));
      socket.end(gzipSync(APP_TOKEN));
    },
    FAILED,
  ],
  "an early refusal": [ends("HTTP/1.1 413 Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"), "413 {}"],
  "the app token in its status line": [writes(answerOf("{}").replace("OK", APP_TOKEN)), "200 {}"],
  "the app token in its trailers": [writes(`${CHUNKED}2\r\n{}\r\n0\r\nX: ${APP_TOKEN}\r\n\r\n`), "200 {}"],
  "the app token in a chunk extension": [writes(`${CHUNKED}2;x="${APP_TOKEN}"\r\n{}\r\n0\r\n\r\n`), "200 {}"],
  "headers that only the gateway sets": [
    writes(answerOf("{}", ["X-Xtremepush-Permission: list:list", "X-Xtremepush-Evidence: lie", "X-Request-Id: x"])),
    "200 {}",
  ],
};

describe("a broken answer of the External API", () => {
  let upstream: RawUpstream;
  let bench: GatewayBench;
  let token: string;
  before(async () => {
    upstream = await RawUpstream.start();
    bench = await startBench({ upstream: upstream.endpoint, yaml: "limits: { answer: 1s, connections: 2 }" });
    token = await grantListing(bench);
  });
  after(async () => {
    await bench.close();
    await upstream.close();
    removeTemporaryFolders();
  });

  const outcome = async () => {
    const { status, headers, text } = await bench.call(PATH, token);
    assert.ok(!text.includes(APP_TOKEN));
    assert.ok(![...headers.values()].some((value) => value.includes(APP_TOKEN)));
    assert.equal(headers.get("x-xtremepush-evidence") ?? "observed", "observed");
    const isProblem = headers.get("content-type") === "application/problem+json";
    return `${status} ${isProblem ? JSON.parse(text).code : text}`;
  };

  for (const [what, [answer, expected]] of Object.entries(ANSWERS)) {
    it(`with ${what} is ${expected}, sent once, and the next call is answered`, async () => {
      upstream.answer = answer;
      const { length } = upstream.arrived;

      const broken = await outcome();
      upstream.answer = writes(answerOf('"next"'));
      const next = await outcome();

      assert.deepEqual([broken, next], [expected, '200 "next"']);
      assert.equal(upstream.arrived.length - length, 2);
    });
  }

  it("that is late in its first byte is 504 also where the machine is so busy that the caller's time ends first", async () => {
    upstream.answer = writes(`${CHUNKED}5;`);
    const { length } = upstream.arrived;
    const late = outcome();
    await until(() => upstream.arrived.length > length);

    // The pool's clock counts turns of half a second, however long they are, and the socket's counts milliseconds.
    for (let turn = 0; turn < 3; turn += 1) {
      block(1_100);
      await wait(1);
    }

    assert.equal(await late, LATE);
  });

  it("that comes while nothing was asked ends its connection", async () => {
    upstream.cut();
    upstream.answer = writes(answerOf("{}"));
    await outcome();
    const ended = new Promise<void>((resolve) => {
      upstream.answer = (socket) => {
        socket.write(answerOf("{}"));
        socket.once("close", () => resolve());
        setTimeout(() => socket.write(answerOf('"of another call"')), 50);
      };
    });

    await outcome();
    await ended;
    upstream.answer = writes(answerOf('"next"'));

    assert.equal(await outcome(), '200 "next"');
  });

  it("is in no log with the app token", () => {
    assert.ok(bench.log.length > 0);
    assert.ok(!bench.log.join("").includes(APP_TOKEN));
  });
});

function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end) {}
}

describe("an External API without a free connection", () => {
  it("lets no call wait longer than an answer may take, and says that it was not sent", async () => {
    const upstream = await RawUpstream.start();
    const bench = await startBench({ upstream: upstream.endpoint, yaml: "limits: { connections: 1, answer: 1s }" });
    const token = await grantListing(bench);
    upstream.answer = drips(`${HEAD}Content-Length: 1000000\r\n\r\n`, "x");
    const { length } = upstream.arrived;
    const holding = bench.call(PATH, token).catch(() => null);
    await until(() => upstream.arrived.length > length);

    const { status, headers, json } = await bench.call(PATH, token);
    const sent = upstream.arrived.length - length;
    upstream.answer = writes(answerOf("{}"));
    upstream.cut();
    await holding;
    await until(async () => (await bench.call(PATH, token)).status === 200);
    await bench.close();
    await upstream.close();
    removeTemporaryFolders();

    assert.deepEqual([status, json["code"], headers.get("retry-after"), sent], [503, "busy", "1", 1]);
  });

  it("counts the calls of callers that have gone for as long as the pool holds them", async () => {
    const held: Exchange[] = [];
    // Of a pool, only this is used.
    const pool = { dispatch: (_call: unknown, exchange: Exchange) => held.push(exchange) } as unknown as Pool;
    const upstream = new Upstream({ pool, prefix: "" }, new AppToken({ text: APP_TOKEN }), {
      waiting: 1,
      answer: 60_000,
    });
    const response = new PassThrough();
    const object = { open: 0, isEmpty: true };
    const call = upstream.send({
      ...{ path: PATH, headers: {}, body: Buffer.from("{}"), object },
      response,
      begin: () => true,
    });
    await until(() => held.length === 1);

    response.destroy();
    await assert.rejects(call, UpstreamFailure);
    const whileHeld = upstream.isFull;
    held[0]?.onResponseError({} as never, new Error("aborted"));

    assert.deepEqual([whileHeld, upstream.isFull], [true, false]);
  });
});
