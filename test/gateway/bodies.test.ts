import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { exchange } from "../support/backend/raw-exchange";
import { APP_TOKEN, CLIENT, type GatewayBench, startBench } from "../support/gateway/running-gateway";
import { ScriptedFeed } from "../support/gateway/scripted-feed";
import { removeTemporaryFolders } from "../support/process/temporary-folder";
import { until } from "../support/process/until";

const EVENTS = ["event:hit", "event:batch-hit", "tag:hit", "tag:batch-hit", "list:profile"] as const;

describe("the body of a call", () => {
  let bench: GatewayBench;
  let token: string;
  before(async () => {
    bench = await startBench();
    bench.feed.set({ id: CLIENT, permissions: EVENTS });
    token = bench.feed.token(CLIENT, EVENTS);
    await until(async () => (await bench.call("/api/external/list/profile", token)).status === 200);
  });
  after(async () => {
    await bench.close();
    removeTemporaryFolders();
  });
  afterEach(() => bench.upstream.answerWith(null));

  for (const body of [
    '{"user_id":9007199254740993,"price":1.10,"b":1e400,"a":"\\u00e9é"}',
    ' \n{ "limit" : 1 }\r\n',
    "{}",
    "{ \t}",
    '{"":"","nested":{"apptoken":"mine"}}',
  ]) {
    it(`goes on byte for byte, with the app token first: ${JSON.stringify(body)}`, async () => {
      const { status } = await bench.call("/api/external/list/profile", token, body);

      assert.equal(status, 200);
      const isEmpty = /^\s*\{\s*\}/.test(body);
      const [before, after] = [body.slice(0, body.indexOf("{") + 1), body.slice(body.indexOf("{") + 1)];
      assert.equal(bench.upstream.last.body, `${before}"apptoken":"${APP_TOKEN}"${isEmpty ? "" : ","}${after}`);
    });
  }

  const hostile: Readonly<Record<string, string | Uint8Array<ArrayBuffer>>> = {
    "an app token of its own": '{"apptoken":"mine"}',
    "an app token after others": '{"limit":1,"apptoken":"mine"}',
    "an escaped app token": '{"\\u0061pp\\u0074oken":"mine"}',
    "an app token in other letters": '{"AppToken":"mine"}',
    "an app token with a space": '{"apptoken ":"mine"}',
    "an app token with a zero byte": '{"apptoken\\u0000":"mine"}',
    "an app token in wide letters": '{"ａｐｐｔｏｋｅｎ":"mine"}',
    "a member twice": '{"limit":1,"limit":2}',
    "a member twice, once escaped": '{"limit":1,"\\u006cimit":2}',
    "a list": '[{"limit":1}]',
    "a string": '"x"',
    nothing: "",
    spaces: "   ",
    "two objects": '{"limit":1}{"apptoken":"mine"}',
    "half an object": '{"limit":1',
    "a comment": '{"limit":1/*,"x":1*/}',
    "a trailing comma": '{"limit":1,}',
    "single quotes": "{'limit':1}",
    "a byte order mark": "\ufeff{}",
    "bytes that are not UTF-8": new Uint8Array([...Buffer.from('{"a":"'), 0xc3, 0x28, ...Buffer.from('"}')]),
    "an overlong slash": new Uint8Array([...Buffer.from('{"a":"'), 0xc0, 0xaf, ...Buffer.from('"}')]),
    "33 levels": `{"a":${"[".repeat(32)}${"]".repeat(32)}}`,
    "a million levels": "[".repeat(1_000_000),
    "a million levels in an object": `{"a":${"[".repeat(1_000_000)}`,
    "too many members": `{${Array.from({ length: 2_000 }, (_, index) => `"m${index}":1`).join(",")}}`,
  };
  for (const [what, body] of Object.entries(hostile)) {
    it(`is refused when it is ${what}`, async () => {
      const arrived = bench.upstream.arrived.length;

      const { status, json } = await bench.call("/api/external/list/profile", token, { body });

      assert.deepEqual([status, json["code"]], [400, "invalid_request"]);
      assert.equal(bench.upstream.arrived.length, arrived);
    });
  }

  it("is refused when it is too large, whether its length is announced or not", async () => {
    const large = `{"a":"${"x".repeat(1_100_000)}"}`;
    const announced = await bench.call("/api/external/list/profile", token, large);
    const { port } = new URL(bench.gateway.endpoint);
    const socket = connect(Number(port), "127.0.0.1").setEncoding("latin1");
    let answer = "";
    socket.on("data", (text) => {
      answer += text;
    });
    socket.on("error", () => undefined);
    await once(socket, "connect");
    socket.write(head(["Transfer-Encoding: chunked"], token));
    const chunk = "x".repeat(65_536);
    for (let index = 0; index < 20 && answer === ""; index += 1) {
      socket.write(`${chunk.length.toString(16)}\r\n${chunk}\r\n`);
    }
    await until(() => answer.includes("\r\n\r\n"));
    socket.destroy();

    assert.equal(announced.status, 413);
    assert.match(answer, /^HTTP\/1\.1 413 /);
  });

  it("tells one event from many", async () => {
    const one = bench.feed.token(CLIENT, ["event:hit", "tag:hit"]);
    const many = bench.feed.token(CLIENT, ["event:batch-hit", "tag:batch-hit"]);
    const status = async (path: string, text: string, of: string) => (await bench.call(path, of, text)).status;

    for (const name of ["event", "tag"]) {
      const path = `/api/external/hit/${name}`;
      assert.equal(await status(path, `{"${name}":"x"}`, one), 200);
      assert.equal(await status(path, `{"${name}":"x"}`, many), 403);
      assert.equal(await status(path, `{"${name}s":[]}`, many), 200);
      assert.equal(await status(path, `{"${name}s":[]}`, one), 403);
      assert.equal(await status(path, `{"\\u00${name.charCodeAt(0).toString(16)}${name.slice(1)}s":[]}`, one), 403);
      assert.equal(await status(path, `{"${name}":["x"]}`, one), 403);
      for (const both of [`{"${name}":"x","${name}s":[]}`, `{"${name}s":{}}`, `{"${name.toUpperCase()}S":[]}`]) {
        assert.equal(await status(path, both, one), 400, both);
        assert.equal(await status(path, both, many), 400, both);
      }
    }
  });

  it("is JSON without a coding, and nothing else", async () => {
    const sent = (headers: Record<string, string>) =>
      bench.call("/api/external/list/profile", token, { body: "{}", headers });

    const types = [
      "text/plain",
      "application/x-www-form-urlencoded",
      "application/json; charset=utf-7",
      "application/json, text/plain",
    ];
    for (const type of types) assert.equal((await sent({ "content-type": type })).status, 415, type);
    assert.equal((await sent({ "content-encoding": "gzip" })).status, 415);
    assert.equal((await sent({ "content-type": "application/json; charset=UTF-8" })).status, 200);
  });

  it("goes on with nothing of the caller's credentials and connection", async () => {
    await bench.call("/api/external/list/profile", token, {
      body: "{}",
      headers: {
        cookie: "a=b",
        "x-http-method-override": "DELETE",
        "x-original-url": "/api/external/delete/list",
        "x-request-id": "r1",
      },
    });

    const { headers } = bench.upstream.last;
    assert.deepEqual(Object.keys(headers).sort(), [
      "accept",
      "accept-encoding",
      "accept-language",
      "connection",
      "content-length",
      "content-type",
      "host",
      "user-agent",
      "x-request-id",
    ]);
    assert.equal(headers["accept-encoding"], "identity");
    assert.ok(!JSON.stringify(headers).includes(token));
  });

  it("goes on only for a token that the backend signed", async () => {
    const other = new ScriptedFeed();
    const claims = { iss: "https://evil.example.com" };
    const [signedHead = "", payload = ""] = token.split(".");
    const none = `${Buffer.from('{"alg":"none","typ":"at+jwt","kid":"k1"}').toString("base64url")}.${payload}.`;
    const tokens = {
      ofAnotherKey: other.token(CLIENT, EVENTS),
      ofAnotherIssuer: bench.feed.token(CLIENT, EVENTS, claims),
      forAnotherAudience: bench.feed.token(CLIENT, EVENTS, { aud: "https://access.example.com" }),
      withoutSignature: none,
      withoutItsEnd: `${signedHead}.${payload}`,
      fromBeforeItsStart: bench.feed.token(CLIENT, EVENTS, { nbf: 4_000_000_000 }),
      withoutAnEnd: bench.feed.token(CLIENT, EVENTS, { exp: undefined }),
    };

    for (const [what, each] of Object.entries(tokens)) {
      const { status, headers } = await bench.call("/api/external/list/profile", each);
      assert.equal(status, 401, what);
      assert.match(headers.get("www-authenticate") ?? "", /error="invalid_token"/);
    }
  });

  const raw: Readonly<Record<string, readonly string[]>> = {
    "both lengths": ["Content-Length: 2", "Transfer-Encoding: chunked"],
    "two lengths": ["Content-Length: 2", "Content-Length: 3"],
    "a strange length": ["Content-Length: +2"],
    "a strange coding": ["Transfer-Encoding: xchunked"],
    "chunked twice": ["Transfer-Encoding: chunked, chunked"],
    "two tokens": ["Content-Length: 2", "Authorization: Bearer x"],
    "two types": ["Content-Length: 2", "Content-Type: text/plain"],
    "a bare line feed in a header": ["Content-Length: 2", "X: a\nContent-Length: 50"],
    "a space before a colon": ["Content-Length : 2"],
  };
  for (const [what, lines] of Object.entries(raw)) {
    it(`is refused with ${what}`, async () => {
      const arrived = bench.upstream.arrived.length;

      const answer = await exchange(bench.gateway.endpoint, `${head([...lines, "Connection: close"], token)}{}`);

      assert.match(answer, /^HTTP\/1\.1 (?:400|501) /);
      assert.equal(answer.match(/HTTP\/1\.1/g)?.length, 1);
      assert.equal(bench.upstream.arrived.length, arrived);
    });
  }
});

function head(lines: readonly string[], token: string): string {
  return [
    "POST /api/external/list/profile HTTP/1.1",
    "Host: gateway",
    "Content-Type: application/json",
    `Authorization: Bearer ${token}`,
    ...lines,
    "",
    "",
  ].join("\r\n");
}
