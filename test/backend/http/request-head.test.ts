import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { Problem } from "xtremepush-access/schemas";
import { assertProblem, type Call, callerOf } from "../../support/backend/api";
import { startTestBackend, type TestBackend } from "../../support/backend/backend";
import { exchange } from "../../support/backend/raw-exchange";

describe("the head of a request", function () {
  this.timeout(30_000);
  let backend: TestBackend;
  let admin: Call;

  before(async () => {
    backend = await startTestBackend();
    admin = callerOf(backend.endpoint, backend.adminToken);
    await admin("POST /v1/projects", { body: { slug: "web" } });
  });
  after(() => backend.close());

  const ask = async (headers: readonly string[], body: string | Buffer = "", line = "POST /v1/projects") => {
    const head = [`${line} HTTP/1.1`, "Connection: close", `Content-Length: ${Buffer.byteLength(body)}`, ...headers];
    const answer = await exchange(
      backend.endpoint,
      Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`, "latin1"), Buffer.from(body)]),
    );
    const [start = "", text = ""] = answer.split("\r\n\r\n");
    return { status: Number(start.split(" ")[1]), start, json: JSON.parse(text) };
  };
  const usual = () => ["Host: test", `Authorization: Bearer ${backend.adminToken}`, "Content-Type: application/json"];

  for (const repeated of [
    "Authorization: Bearer other",
    "AUTHORIZATION: Basic eDp5",
    "Host: other",
    "Content-Type: text/plain",
  ]) {
    it(`is refused when it has a header twice: ${repeated}`, async () => {
      for (const headers of [
        [...usual(), repeated],
        [repeated, ...usual()],
      ]) {
        const { status, json } = await ask(headers, '{"slug":"twice"}');

        assert.equal(status, 400);
        const { code, detail } = Problem.parse(json);
        assert.equal(code, "validation_failed");
        assert.match(detail, /^(authorization|host|content-type) is there more than once/);
      }
    });
  }

  it("is refused in the words of RFC 6749 at the token endpoint", async () => {
    const form = "Content-Type: application/x-www-form-urlencoded";
    const twice = ["Host: test", "Authorization: Basic eDp5", "Authorization: Basic eDp6", form];
    const encoded = ["Host: test", "Content-Encoding: gzip", form];

    const answers = [
      await ask(twice, "grant_type=client_credentials", "POST /api/oauth/token"),
      await ask(encoded, gzipSync("grant_type=client_credentials"), "POST /api/oauth/token"),
    ];

    assert.deepEqual(
      answers.map(({ status, json }) => [status, json.error]),
      [
        [400, "invalid_request"],
        [400, "invalid_request"],
      ],
    );
    assert.match(answers[0]?.json.error_description, /authorization is there more than once/);
    assert.match(answers[1]?.json.error_description, /Content-Encoding: gzip/);
  });

  it("says that the body is encoded, and which encodings are taken", async () => {
    const body = gzipSync('{"slug":"gzip"}');

    const { status, start, json } = await ask([...usual(), "Content-Encoding: gzip"], body);

    assert.equal(status, 415);
    assert.match(start, /^accept-encoding: identity$/im);
    assert.match(Problem.parse(json).detail, /^the body is encoded \(Content-Encoding: gzip\); send it without/);
  });

  it("may say that the body is not encoded", async () => {
    const answer = await admin("POST /v1/projects", {
      body: { slug: "plain" },
      headers: { "content-encoding": "identity" },
    });

    assert.equal(answer.status, 201);
  });

  it("says which part of the address is too long", async () => {
    const answer = await admin(`GET /v1/projects/${"a".repeat(201)}`);

    assert.equal(
      assertProblem(answer, "validation_failed").detail,
      "a part of the address is longer than 200 characters",
    );
  });

  it("is refused when its query is not UTF-8", async () => {
    for (const query of ["name=%ff", "name=%", "%c3=x"]) {
      const answer = await admin(`GET /v1/projects/web/clients?${query}`);

      assert.equal(assertProblem(answer, "validation_failed").errors?.[0]?.field, "query");
    }
    assert.equal((await admin("GET /v1/projects/web/clients?name=%F0%9F%8E%89")).status, 200);
  });
});
