import assert from "node:assert/strict";
import fc from "fast-check";
import { rawCall, rawConnection, statusesOf } from "../support/gateway/raw-call";
import { APP_TOKEN, type GatewayBench, grantListing, startBench } from "../support/gateway/running-gateway";
import { removeTemporaryFolders } from "../support/process/temporary-folder";
import { until } from "../support/process/until";

const PATH = "/api/external/list/profile";
const LINE = `POST ${PATH} HTTP/1.1`;
const HOST = "Host: gateway";
const TYPE = "Content-Type: application/json";
const CLOSE = "Connection: close";
const CHUNKED = "Transfer-Encoding: chunked";
/** Stands for the access token of the caller. */
const AUTHORIZATION = "Authorization: Bearer TOKEN";
const CHUNKS = "2\r\n{}\r\n0\r\n\r\n";

const request = (lines: readonly string[], body = "") => `${lines.join("\r\n")}\r\n\r\n${body}`;
/** A call that is in order but for some lines and its body. */
const call = (lines: readonly string[], body = "") => request([LINE, HOST, TYPE, AUTHORIZATION, CLOSE, ...lines], body);
const plain = (body: string | Uint8Array) => [
  call([`Content-Length: ${Buffer.byteLength(body)}`]),
  typeof body === "string" ? Buffer.from(body) : body,
];
const chunked = (body: string) => call([CHUNKED], body);
const at = (target: string) =>
  request([`POST ${target} HTTP/1.1`, HOST, TYPE, AUTHORIZATION, CLOSE, "Content-Length: 2"], "{}");
const headers = (...lines: string[]) => call([...lines, "Content-Length: 2"], "{}");
const version = (name: string, ...lines: string[]) =>
  request(
    [`POST ${PATH} ${name}`, HOST, TYPE, AUTHORIZATION, CLOSE, ...lines],
    lines.includes(CHUNKED) ? CHUNKS : "{}",
  );
const many = (count: number, line: string) => Array.from({ length: count }, () => line);

type Bytes = string | readonly (string | Uint8Array)[];
/** What is sent, and the statuses of the answers; 200 is a call that arrives once, anything else one that never does. */
type Case = readonly [bytes: Bytes, ...statuses: number[]];

const FRAMES: Readonly<Record<string, Case>> = {
  chunks: [chunked(CHUNKS), 200],
  "a chunk extension": [chunked("2;a=b\r\n{}\r\n0\r\n\r\n"), 200],
  "a line feed in a chunk extension": [chunked('2;a="\n"\r\n{}\r\n0\r\n\r\n'), 400],
  "a chunk extension of 20 kB": [chunked(`2;${"a".repeat(20_000)}\r\n{}\r\n0\r\n\r\n`), 400],
  "a chunk size that is no number": [chunked("x\r\n{}\r\n0\r\n\r\n"), 400],
  "a chunk size with 0x": [chunked("0x2\r\n{}\r\n0\r\n\r\n"), 400],
  "a negative chunk size": [chunked("-2\r\n{}\r\n0\r\n\r\n"), 400],
  "a chunk size of 17 digits": [chunked("10000000000000002\r\n{}\r\n0\r\n\r\n"), 400],
  "a chunk longer than its size": [chunked("1\r\n{}\r\n0\r\n\r\n"), 400],
  "chunks between line feeds": [chunked("2\n{}\n0\n\n"), 400],
  "an access token in the trailers": [
    request([LINE, HOST, TYPE, CLOSE, CHUNKED], `2\r\n{}\r\n0\r\n${AUTHORIZATION}\r\n\r\n`),
    401,
  ],
  "a length in the trailers": [chunked("2\r\n{}\r\n0\r\nContent-Length: 50\r\n\r\n"), 400],
  "an apptoken in the trailers": [chunked("2\r\n{}\r\n0\r\napptoken: mine\r\n\r\n"), 200],
  "chunks and a length": [call([CHUNKED, "Content-Length: 2"], CHUNKS), 400],
  "a length and chunks": [call(["Content-Length: 2", CHUNKED], CHUNKS), 400],
  "a space before a colon": [call(["Transfer-Encoding : chunked"], CHUNKS), 400],
  "a length and a space before a colon": [call(["Content-Length: 2", "Transfer-Encoding : chunked"], "{}"), 400],
  "chunked, identity": [call(["Transfer-Encoding: chunked, identity"], CHUNKS), 400],
  "identity, chunked": [call(["Transfer-Encoding: identity, chunked"], CHUNKS), 400],
  "gzip, chunked": [call(["Transfer-Encoding: gzip, chunked"], CHUNKS), 400],
  identity: [call(["Transfer-Encoding: identity"], "{}"), 400],
  "two codings": [call([CHUNKED, CHUNKED], CHUNKS), 400],
  "a folded coding": [call(["Transfer-Encoding:\r\n chunked"], CHUNKS), 400],
  "a folded length": [call(["X: a\r\n Content-Length: 50", "Content-Length: 2"], "{}"), 400],
  "a folded access token": [
    request([LINE, HOST, TYPE, "Authorization: Bearer\r\n TOKEN", CLOSE, "Content-Length: 2"], "{}"),
    400,
  ],
  "a list of lengths": [call(["Content-Length: 2, 2"], "{}"), 400],
  "one length twice": [call(["Content-Length: 2", "Content-Length: 2"], "{}"), 400],
  "an empty length": [call(["Content-Length: "], "{}"), 400],
  "a length in other digits": [call(["Content-Length: 0x2"], "{}"), 400],
  "a length beyond numbers": [call(["Content-Length: 99999999999999999999999"], "{}"), 400],
  "line feeds alone": [headers().replaceAll("\r\n", "\n"), 400],
  "a carriage return in a header": [headers("X: a\rContent-Length: 50"), 400],
  "a zero byte in a header": [headers("X: a\0b"), 400],
  "HTTP/1.0": [version("HTTP/1.0", "Content-Length: 2"), 200],
  "chunks of HTTP/1.0": [version("HTTP/1.0", CHUNKED), 400],
  "HTTP/2.0": [version("HTTP/2.0", "Content-Length: 2"), 400],
  "HTTP/1.2": [version("HTTP/1.2", "Content-Length: 2"), 400],
  "HTTP/0.9": [`POST ${PATH}\r\n\r\n`, 400],
  "the preface of HTTP/2": ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400],
  "a method in lower case": [headers().replace("POST", "post"), 400],
  "a method that nobody has": [headers().replace("POST", "FROB"), 400],
};

const HEADERS: Readonly<Record<string, Case>> = {
  "Host twice": [headers("Host: other"), 400],
  "no Host": [headers().replace(`${HOST}\r\n`, ""), 400],
  "a Connection that lists headers": [headers("Connection: authorization, content-length, content-type"), 200],
  "Expect: 100-continue": [headers("Expect: 100-continue"), 100, 200],
  "another Expect": [headers("Expect: the-best"), 417],
  "an Upgrade": [headers("Connection: Upgrade", "Upgrade: websocket"), 200],
  "an Upgrade to HTTP/2": [
    headers("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"),
    200,
  ],
  "2,100 headers before a second access token": [headers(...many(2_100, "a:"), "Authorization: Bearer x"), 400],
  "2,100 headers before a coding": [headers(...many(2_100, "a:"), "Content-Encoding: gzip"), 400],
  "20 kB in a header": [headers(`X: ${"x".repeat(20_000)}`), 400],
  "a CONNECT": [request(["CONNECT evil.example:443 HTTP/1.1", HOST, AUTHORIZATION])],
  "letters of other alphabets": [headers("User-Agent: caf\xe9"), 200],
  "a control character": [headers("User-Agent: a\x7fb"), 400],
  "no type": [headers().replace(TYPE, "Content-Type:"), 415],
  "other headers for the path": [
    headers("X-Original-URL: /api/external/delete/list", "X-HTTP-Method-Override: DELETE"),
    200,
  ],
};

const TARGETS: Readonly<Record<string, Case>> = Object.fromEntries(
  Object.entries({
    "http://evil.example/api/external/list/profile": 404,
    "evil.example:80": 400,
    "*": 404,
    "/api/external/list/../otp/generate": 403,
    "/api/external/otp/../list/profile": 403,
    "/api/external/list/%2e%2e/list/profile": 403,
    "/api/external/list/./profile": 403,
    "/x/../api/external/list/profile": 404,
    "/./api/external/list/profile": 404,
    "//api/external/list/profile": 404,
    "/api//external/list/profile": 404,
    "/api/external/list//profile": 403,
    "/api/external/list/profile/": 403,
    "/api/external/list/profile;x=y": 403,
    "/api/external;x/list/profile": 404,
    "/api/external/list/profile%00": 403,
    "/api/external/list/profile%0d%0aX:y": 403,
    "/api/external/list/profile%20": 403,
    "/api/external/list/profile%": 404,
    "/api/external/list%2fprofile": 403,
    "/%61pi/external/list/profile": 404,
    "/api/external/%6cist/profile": 403,
    "/api\\external\\list\\profile": 404,
    "/api/external/list\\profile": 403,
    "/API/external/list/profile": 404,
    "/api/external/List/Profile": 403,
    "/api/external/list/profile?": 400,
    "/api/external/list/profile?method=delete": 400,
    "/api/external/list/profile?apptoken=mine": 400,
    "/api/external/list/profile#x": 403,
    "/api/external/list/profil\xe9": 400,
    "/api/external/list/profile\t": 400,
    "/api/external/constructor": 403,
    "/api/external/__proto__": 403,
    [`/api/external/${"x".repeat(5_000)}`]: 403,
    [`/${"x".repeat(20_000)}`]: 400,
  }).map(([target, status]) => [target.slice(0, 60), [at(target), status]]),
);

const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, "utf16le");
/** 200 arrives as it is, with the app token put in. */
const BODIES: Readonly<Record<string, Case>> = {
  "an escaped apptoken behind others": [plain('{"a":1,"\\u0061ppt\\u006Fken":"mine"}'), 400],
  "two apptokens": [plain('{"apptoken":"mine","apptoken":"mine"}'), 400],
  "an apptoken that is an object": [plain('{"apptoken":{"apptoken":"mine"}}'), 400],
  "an apptoken with a soft hyphen": [plain('{"app\\u00adtoken":"mine"}'), 400],
  "an apptoken with half a pair": [plain('{"apptoken\\ud800":"mine"}'), 400],
  "an apptoken with a byte order mark": [plain('{"\\ufeffapptoken":"mine"}'), 400],
  "a nested apptoken": [plain('{"a":{"apptoken":"mine"},"b":[{"apptoken":"mine"}]}'), 200],
  "an apptoken as a value": [plain('{"a":"apptoken","b":"\\"apptoken\\":"}'), 200],
  "a byte order mark": [plain('\ufeff{"a":1}'), 400],
  "UTF-16": [plain(utf16("{}")), 400],
  "UTF-16 without a mark": [plain(Buffer.from("{}", "utf16le")), 400],
  "UTF-32": [plain(Buffer.from([0x7b, 0, 0, 0, 0x7d, 0, 0, 0])), 400],
  "a byte that is not UTF-8": [plain(Buffer.from('{"a":"\xff"}', "latin1")), 400],
  "half a pair in UTF-8": [plain(Buffer.from('{"a":"\xed\xa0\x80"}', "latin1")), 400],
  "half a pair, escaped": [plain('{"a":"\\ud800","\\udc00":"\\ud800\\ud800"}'), 200],
  __proto__: [plain('{"__proto__":{"apptoken":"mine"},"constructor":{"prototype":1}}'), 200],
  "__proto__ twice": [plain('{"__proto__":1,"__proto__":2}'), 400],
  "a number beyond numbers": [plain('{"a":1e400,"b":-1E-400,"c":9007199254740993,"d":1.10}'), 200],
  "a number of 100,000 digits": [plain(`{"a":${"9".repeat(100_000)}}`), 200],
  "a number that is none": [plain('{"a":NaN}'), 400],
  "a number with a zero before it": [plain('{"a":01}'), 400],
  "a comment before it": [plain("/**/{}"), 400],
  "a comment behind it": [plain("{}//x"), 400],
  "something behind it": [plain("{}x"), 400],
  "a zero byte behind it": [plain("{}\0"), 400],
  "a zero byte before it": [plain("\0{}"), 400],
  "two objects": [plain('{}{"apptoken":"mine"}'), 400],
  "two objects on two lines": [plain('{}\n{"apptoken":"mine"}'), 400],
  "a brace in a text": [plain('{"a":"}{","b":"\\\\\\"},"}'), 200],
  "a text without an end": [plain('{"a":"\\"}'), 400],
  "a line feed in a text": [plain('{"a":"\n"}'), 400],
  "a form": [plain("apptoken=mine"), 400],
  "other spaces before it": [plain("\u00a0{}"), 400],
  "an empty name": [plain('{"":1}'), 200],
  "32 levels": [plain(`{"a":${"[".repeat(31)}${"]".repeat(31)}}`), 200],
  "levels that close first": [plain(`{"a":${"]".repeat(50)}${"[".repeat(50)}}`), 400],
  "a length shorter than it": [call(["Content-Length: 2"], '{}{"apptoken":"mine"}'), 200],
};

describe("a hostile request", () => {
  let bench: GatewayBench;
  let token: string;
  before(async () => {
    bench = await startBench();
    token = await grantListing(bench);
  });
  after(async () => {
    await bench.close();
    removeTemporaryFolders();
  });

  const bytesOf = (parts: Bytes) =>
    Buffer.concat(
      [parts]
        .flat()
        .map((part) => (typeof part === "string" ? Buffer.from(part.replace("TOKEN", token), "latin1") : part)),
    );
  /** What has arrived since: the app token first, and then the caller's bytes. */
  const arrivedSince = (length: number) =>
    bench.upstream.arrived.slice(length).map(({ path, headers: { authorization, cookie }, body }) => {
      assert.deepEqual([path, authorization, cookie], [PATH, undefined, undefined]);
      assert.ok(body.startsWith(`{"apptoken":"${APP_TOKEN}"`));
      return body.replace(`"apptoken":"${APP_TOKEN}"`, "").replace("{,", "{");
    });

  const tables = { "framed with": FRAMES, with: HEADERS, to: TARGETS, "whose body is": BODIES };
  for (const [how, table] of Object.entries(tables)) {
    for (const [what, [parts, ...statuses]] of Object.entries(table)) {
      it(`${how} ${what} is answered ${statuses.join(", ") || "with an end"}`, async () => {
        const { length } = bench.upstream.arrived;
        const bytes = bytesOf(parts);

        const received = await rawCall(bench.gateway.endpoint, bytes);

        assert.deepEqual(statusesOf(received), statuses);
        const text = bytes.toString();
        const sent = /\r\n\r\n(\{.*?\})(?:\{"apptoken|$)/s.exec(text)?.[1] ?? "{}";
        assert.deepEqual(arrivedSince(length), statuses.includes(200) ? [text.includes(CHUNKED) ? "{}" : sent] : []);
        for (const secret of [APP_TOKEN, token]) assert.ok(!received.includes(secret));
      });
    }
  }

  it("that is refused leaves the next one on its connection as it is", async () => {
    const { length } = bench.upstream.arrived;
    const hidden = request([LINE, HOST, TYPE, AUTHORIZATION, "Content-Length: 12"], '{"hidden":1}');
    const refused = request([LINE, HOST, TYPE, `Content-Length: ${bytesOf(hidden).length}`], hidden);

    const received = await rawCall(
      bench.gateway.endpoint,
      bytesOf([bytesOf(refused), call(["Content-Length: 10"], '{"next":1}')]),
    );

    assert.deepEqual(statusesOf(received), [401, 200]);
    assert.deepEqual(arrivedSince(length), ['{"next":1}']);
  });

  it("that is pipelined is carried out after the one before has its answer", async () => {
    const waiting: (() => void)[] = [];
    bench.upstream.answerWith((_request, response) => waiting.push(() => response.end("{}")));
    const { length } = bench.upstream.arrived;
    const connection = await rawConnection(bench.gateway.endpoint);
    const next = (number: number) => request([LINE, HOST, TYPE, AUTHORIZATION, "Content-Length: 7"], `{"n":${number}}`);
    connection.send(bytesOf([next(1), next(2), next(3)]));

    for (const number of [1, 2, 3]) {
      await until(() => waiting.length === 1);
      // A call of another connection passes them.
      const other = bench.call(PATH, token, '{"other":1}');
      await until(() => waiting.length === 2);
      for (const answer of waiting.splice(0)) answer();
      await other;
      await until(() => statusesOf(connection.received()).length === number);
    }
    connection.socket.destroy();
    bench.upstream.answerWith(null);

    const arrived = arrivedSince(length).filter((body) => body !== '{"other":1}');
    assert.deepEqual(arrived, ['{"n":1}', '{"n":2}', '{"n":3}']);
  });

  it("that is one of very many before the first answer ends their connection, and no other", async () => {
    bench.upstream.answerWith(() => undefined);
    const { length } = bench.upstream.arrived;
    const next = request([LINE, HOST, TYPE, AUTHORIZATION, "Content-Length: 2"], "{}");
    const connection = await rawConnection(bench.gateway.endpoint);
    connection.send(bytesOf(next));
    await until(() => bench.upstream.arrived.length > length);

    connection.send(bytesOf(Array.from({ length: 200 }, () => next)));
    await until(() => connection.isClosed());
    bench.upstream.answerWith(null);

    assert.equal(connection.received(), "");
    assert.equal((await bench.call(PATH, token)).status, 200);
    assert.equal(bench.upstream.arrived.length, length + 2);
  });

  for (const isBegun of [false, true]) {
    it(`with garbage behind it gets its own answer, and no other, ${isBegun ? "also when that has begun" : "once it comes"}`, async () => {
      const { promise: isSeen, resolve: seen } = Promise.withResolvers<void>();
      bench.upstream.answerWith(async (_request, response) => {
        if (isBegun) response.write("[1,");
        await isSeen;
        response.end("2]");
      });
      const { length } = bench.upstream.arrived;
      const connection = await rawConnection(bench.gateway.endpoint);
      connection.send(bytesOf(request([LINE, HOST, TYPE, AUTHORIZATION, "Content-Length: 2"], "{}")));
      await until(() => bench.upstream.arrived.length > length && (!isBegun || connection.received().includes("[1,")));

      connection.send("GARBAGE\r\n\r\n");
      // The answer of another connection shows that the gateway has read the garbage.
      await rawCall(bench.gateway.endpoint, "GARBAGE\r\n\r\n");
      seen();
      await until(() => connection.isClosed());
      bench.upstream.answerWith(null);

      const received = connection.received();
      assert.deepEqual(statusesOf(received), [200]);
      assert.match(received.replaceAll(/\r\n\w+\r\n/g, ""), isBegun ? /\[1,2\]/ : /2\]/);
      assert.ok(!received.includes("invalid_request"));
    });
  }

  it("that drips holds up nobody else", async () => {
    const heads = await Promise.all(Array.from({ length: 200 }, () => rawConnection(bench.gateway.endpoint)));
    for (const { send } of heads) send(bytesOf(`${LINE}\r\n${HOST}\r\n${AUTHORIZATION}\r\nX: `));
    for (const { send } of heads) send("x");

    const { status } = await bench.call(PATH, token);
    for (const { socket } of heads) socket.destroy();

    assert.equal(status, 200);
  });

  it("never changes what a caller's object says, whatever the object is", async () => {
    const key = fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.constantFrom("__proto__", "events", "a"));
    const number = fc.constantFrom("1e400", "-0", "1.10", "9007199254740993", "1E+2", "0.1e-7");
    const scalar = fc.oneof(number, fc.json({ maxDepth: 4 }));
    const names = fc
      .uniqueArray(key, { maxLength: 8 })
      .filter((all) => !all.some((name) => /apptoken/i.test(name.normalize("NFKC").replace(/[^a-z0-9]/gi, ""))));
    const spaces = fc.constantFrom("", " ", "\n\t", "\r\n");
    const object = fc.tuple(names, spaces).chain(([all, space]) =>
      fc.tuple(...all.map(() => scalar)).map((values) => {
        const members = all.map((name, index) => `${space}${JSON.stringify(name)}${space}:${values[index]}`);
        return `${space}{${members.join(`${space},`)}${space}}${space}`;
      }),
    );
    await fc.assert(
      fc.asyncProperty(object, async (text) => {
        const { status } = await bench.call(PATH, token, text);

        assert.equal(status, 200, text);
        const { body } = bench.upstream.last;
        const member = `"apptoken":"${APP_TOKEN}"`;
        const expected = new Map([["apptoken", APP_TOKEN], ...Object.entries(JSON.parse(text))]);
        assert.deepEqual(new Map(Object.entries(JSON.parse(body))), expected);
        assert.equal(body.replace(`${member},`, "").replace(member, ""), text);
      }),
      { numRuns: 150 },
    );
  });

  it("is in no log with a token", () => {
    const log = bench.log.join("");
    for (const secret of [APP_TOKEN, token, "mine"]) assert.ok(!log.includes(secret), secret);
  });
});
