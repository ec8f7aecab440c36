import assert from "node:assert/strict";
import { UNKNOWN } from "pulumi-xtremepush/protocol";
import { showValue } from "../../../../provider/src/dynamic/run/show-value";
import { openHandlers, type ProviderBackend, startProviderBackend } from "../../../support/provider/handlers";

const CLIENT = {
  name: "CRM",
  description: "for the CRM",
  secretVersion: 1,
  secretOverlap: "24h",
  publicKeys: {},
  adopt: "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa",
};
const GRANT = { client: "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa", permissions: {} };

describe("a value in a message", () => {
  it("is on one line, with what is not known yet as the engine shows it", () => {
    assert.equal(showValue(["list:profile", UNKNOWN]), '["list:profile",[unknown]]');
    assert.equal(showValue({ later: { by: UNKNOWN } }), '{"later":{"by":[unknown]}}');
    assert.equal(showValue(UNKNOWN), "[unknown]");
    assert.equal(showValue("a\nb"), '"a\\u{a}b"');
    assert.equal(showValue([UNKNOWN, "x".repeat(1_000)]).length, 200);
  });

  describe("never is the engine's mark, wherever a preview does not know", () => {
    let backend: ProviderBackend;
    before(async () => {
      backend = await startProviderBackend();
    });
    after(() => backend.close());

    const later = [UNKNOWN, [UNKNOWN], { a: UNKNOWN }, [["x", UNKNOWN]], { a: [UNKNOWN] }];
    for (const [type, declared] of [
      ["apiClient", CLIENT],
      ["scopeGrant", GRANT],
    ] as const) {
      for (const input of [...Object.keys(declared), "misspelt"]) {
        it(`in the input ${input} of ${type}`, async () => {
          const { [type]: handler, warnings, lines } = await openHandlers(backend.environment);
          const said: string[] = [];
          for (const value of later) {
            for (const olds of [{}, declared]) {
              const { failures } = await handler.check(olds, { ...declared, [input]: value });
              said.push(...failures.map(({ reason }) => reason));
            }
          }

          assert.doesNotMatch([...said, ...warnings, ...lines].join("\n"), new RegExp(UNKNOWN));
        });
      }
    }
  });
});
