import assert from "node:assert/strict";
import { assertProblem, type Call, callerOf } from "../../support/backend/api";
import { startTestBackend, type TestBackend } from "../../support/backend/backend";

describe("a body of JSON", function () {
  this.timeout(30_000);
  let backend: TestBackend;
  let admin: Call;

  before(async () => {
    backend = await startTestBackend();
    admin = callerOf(backend.endpoint, backend.adminToken);
  });
  after(() => backend.close());

  const create = async (bytes: Uint8Array, type = "application/json") => {
    const response = await fetch(`${backend.endpoint}/v1/projects`, {
      method: "POST",
      headers: { authorization: `Bearer ${backend.adminToken}`, "content-type": type },
      body: Buffer.from(bytes),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: JSON.parse(text) };
  };
  const project = (slug: string, name: readonly number[]) =>
    Buffer.concat([Buffer.from(`{"slug":"${slug}","name":"x`), Buffer.from(name), Buffer.from('"}')]);

  const invalid = {
    "a byte of Latin-1": [0xe9],
    "half a character": [0xf0, 0x9f],
    "an overlong slash": [0xc0, 0xaf],
    "half a surrogate pair": [0xed, 0xa0, 0x80],
  };
  for (const [title, bytes] of Object.entries(invalid)) {
    it(`is refused when it holds ${title}`, async () => {
      const answer = await create(project("latin", bytes));

      assert.match(assertProblem(answer, "validation_failed").detail, /not valid UTF-8/);
      assertProblem(await admin("GET /v1/projects/latin"), "project_not_found");
    });
  }

  it("is read as UTF-8, also behind a byte order mark and whatever charset is named", async () => {
    const answers = [
      await create(project("emoji", [0xf0, 0x9f, 0x8e, 0x89])),
      await create(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), project("mark", [])])),
      await create(project("charset", [0xc3, 0xa9]), "application/json; charset=iso-8859-1"),
    ];

    assert.deepEqual(
      answers.map(({ status, body }) => [status, body.name]),
      [
        [201, "x🎉"],
        [201, "x"],
        [201, "xé"],
      ],
    );
  });

  it("is refused before its values are read one by one when it has thousands", async () => {
    const keys = Object.fromEntries(Array.from({ length: 2_001 }, (_, index) => [index, 0]));
    const bodies = [
      JSON.stringify({ slug: "many", ...keys }),
      JSON.stringify({ slug: "many", name: Array(2_001).fill(0) }),
      `{"slug":"many","name":${"[".repeat(2_001)}${"]".repeat(2_001)}}`,
    ];

    for (const body of bodies) {
      const answer = await create(Buffer.from(body));

      assert.equal(assertProblem(answer, "payload_too_large").detail, "the body has more than 2000 values; send less");
    }
  });

  it("is not refused for what is inside of its strings", async () => {
    const answer = await create(Buffer.from(JSON.stringify({ slug: "text", name: `\\"${",[{".repeat(1_000)}` })));

    assert.equal(assertProblem(answer, "validation_failed").errors?.[0]?.field, "name");
  });

  it("cannot change what objects inherit", async () => {
    const answer = await create(Buffer.from('{"slug":"proto","__proto__":{"admin":true}}'));

    assertProblem(answer, "validation_failed");
  });
});
