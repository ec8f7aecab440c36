import assert from "node:assert/strict";
import { databaseFailure } from "../../../backend/src/process/database-failure";

const failed = (code: string) => Object.assign(new Error("at 10.0.0.5 with hunter2"), { code });

describe("a failure of the server of DATABASE_URL", () => {
  const SENTENCES = [
    ["ECONNREFUSED", /cannot be reached: check that it runs .* \(ECONNREFUSED\)\.$/],
    ["EPIPE", /cannot be reached: .* \(EPIPE\)\.$/],
    ["57P03", /cannot be reached: .* \(57P03\)\.$/],
    ["EMFILE", /may open no more files and connections: raise the limit with ulimit -n \(EMFILE\)\.$/],
    ["53100", /^The disk of the database is full: free space there \(53100\)\.$/],
    ["53300", /has too much to do, or does not take changes: try again when it does \(53300\)\.$/],
    ["25006", /has too much to do, or does not take changes: .* \(25006\)\.$/],
    ["28P01", /refuses the user: check its name and password \(28P01\)\.$/],
    ["3D000", /does not exist: make it with createdb \(3D000\)\.$/],
    [
      "CERT_HAS_EXPIRED",
      /^The certificate of the PostgreSQL server, or of its authority, has expired .*: renew it, .*\.$/,
    ],
    [
      "SELF_SIGNED_CERT_IN_CHAIN",
      /^The certificate of the PostgreSQL server is not trusted: .*sslrootcert.* \(SELF_SIGNED_CERT_IN_CHAIN\)\.$/,
    ],
  ] as const;
  for (const [code, sentence] of SENTENCES) {
    it(`is a sentence without the address for ${code}`, () => {
      const told = databaseFailure(failed(code));

      assert.ok(told instanceof Error);
      assert.equal(told.name, "StartFailure");
      assert.match(told.message, sentence);
      assert.doesNotMatch(told.message, /hunter2|10\.0\.0\.5/);
    });
  }

  it("is recognised by its cause, and by the driver's words where there is no code", () => {
    const wrapped = databaseFailure(new Error("the migration failed", { cause: failed("ENOTFOUND") }));
    const silent = databaseFailure(new Error("timeout expired"));

    assert.match(String(wrapped), /cannot be reached: .* \(ENOTFOUND\)\.$/);
    assert.match(String(silent), /cannot be reached: .* \(no answer in time\)\.$/);
  });

  it("stays as it is when it is unknown", () => {
    const bug = new TypeError("undefined is not a function");

    assert.equal(databaseFailure(bug), bug);
  });
});
