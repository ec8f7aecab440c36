import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import manifest from "../../gateway/package.json";
import { parseGatewayFile } from "../../gateway/src/file/read-gateway-file";
import { readSecret } from "../../gateway/src/file/secret-source";
import { VERSION } from "../../gateway/src/version";
import { removeTemporaryFolders, temporaryFolder } from "../support/process/temporary-folder";

const VALID = `version: 1
backend: { endpoint: https://access.example.com/, token: { variable: XTREMEPUSH_TOKEN } }
projects:
  acme:
    upstream: https://external-api.xtremepush.com
    appToken: { file: acme.token }
`;

describe("gateway.yaml", () => {
  it("has defaults for everything but the backend and the projects", () => {
    const file = parseGatewayFile(VALID, "gateway.yaml");

    assert.equal(file.backend.endpoint, "https://access.example.com");
    assert.deepEqual(file.listen, { host: "127.0.0.1", port: 8430 });
    assert.deepEqual(file.stale, { low: 900_000, medium: 900_000, high: 60_000, critical: 60_000 });
    assert.deepEqual([file.limits.body, file.limits.depth, file.denials], [1_048_576, 32, "problem"]);
  });

  it("lets a proxy of another machine ask, without the vendor's token", () => {
    const decide = (setting: string) => parseGatewayFile(`${VALID}decide: ${setting}`, "gateway.yaml").decide?.host;

    assert.equal(decide("{ host: 0.0.0.0, port: 8431 }"), "0.0.0.0");
    for (const host of ["127.0.0.1", "localhost", "::1"]) {
      assert.equal(decide(`{ host: "${host}", port: 8431, credential: true }`), host);
    }
  });

  const wrong: Readonly<Record<string, readonly [from: string, to: string, message: RegExp]>> = {
    "an unknown setting": ["version: 1", "version: 1\nlisten: { prot: 1 }", /^gateway\.yaml:2:11: listen: .*prot/],
    "an app token in it": [
      "{ file: acme.token }",
      "s3cret-s3cret",
      /^gateway\.yaml:6:\d+: projects\.acme\.appToken: must say where the secret is: .*file/,
    ],
    "several mistakes at once": [
      "version: 1",
      "version: one\nlisten: { port: yes }",
      /^gateway\.yaml:1:1: version: must be 1\ngateway\.yaml:2:11: listen\.port: must be a number, not .*$/,
    ],
    "no credential": ["    appToken: { file: acme.token }\n", "", /needs either appToken or vendorClient/],
    "both places of a secret": ["{ file: acme.token }", "{ file: a, variable: B }", /needs either variable or file/],
    "plain http": ["https://external-api", "http://external-api", /^gateway\.yaml:5:\d+: .*must be https:/],
    "a password in an address": [
      "https://external-api",
      "https://u:s3cret@external-api",
      /must not contain credentials/,
    ],
    "a wrong permission": ["version: 1", 'version: 1\nendpoints: { a/b: "list:profil" }', /list:profile/],
    "a wrong endpoint": [
      "version: 1",
      'version: 1\nendpoints: { /api/a/b: "list:profile" }',
      /an endpoint is \{method\}\/\{model\}/,
    ],
    "a snapshot that is too young": ["version: 1", "version: 1\nstale: { critical: 9s }", /must be at least 15s/],
    "the vendor's token for other machines": [
      "version: 1",
      "version: 1\ndecide: { host: 0.0.0.0, port: 8431, credential: true }",
      /^gateway\.yaml:2:\d+: decide\.host: must be this machine where credential is true: /,
    ],
    "a setting twice": ["version: 1", "version: 1\nversion: 1", /is not valid YAML/],
  };
  for (const [what, [from, to, message]] of Object.entries(wrong)) {
    it(`is refused with ${what}`, () => {
      assert.throws(
        () => parseGatewayFile(VALID.replace(from, to), "gateway.yaml"),
        (error: Error & { exitCode?: number }) => {
          assert.match(error.message, message);
          assert.doesNotMatch(error.message, /s3cret/);
          return error.exitCode === 2;
        },
      );
    });
  }
});

describe("a secret of gateway.yaml", () => {
  after(removeTemporaryFolders);

  it("is a line of a file or a variable, and never in an error", () => {
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, "good"), "s3cret-token\n");
    writeFileSync(path.join(folder, "bad"), "s3cret token\nmore");
    const at = { folder, environment: { EMPTY: "", GOOD: "s3cret-token" } };

    assert.equal(readSecret({ file: "good" }, "x", at), "s3cret-token");
    assert.equal(readSecret({ variable: "GOOD" }, "x", at), "s3cret-token");
    assert.throws(() => readSecret({ variable: "EMPTY" }, "x", at), { message: "x: the variable EMPTY is empty" });
    assert.throws(() => readSecret({ variable: "NONE" }, "x", at), { message: "x: the variable NONE is not set" });
    assert.throws(() => readSecret({ file: "none" }, "x", at), /cannot be read \(ENOENT\)/);
    assert.throws(
      () => readSecret({ file: "bad" }, "x", at),
      (error: Error) => !error.message.includes("s3cret"),
    );
  });
});

describe("the version of the gateway", () => {
  it("is that of its package", () => {
    assert.equal(VERSION, manifest.version);
  });
});
