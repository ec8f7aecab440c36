import assert from "node:assert/strict";
import { readSettings } from "../../../../provider/src/dynamic/run/settings";

describe("the token of the provider in a pipeline", () => {
  const configured = (key: string) =>
    ({ "xtremepush:endpoint": "https://access.acme.example", "xtremepush:project": "acme" })[key];

  it("is that of the pipeline's identity, and a token that is set comes first", () => {
    const pipeline = readSettings(configured, { XTREMEPUSH_OIDC: "github" });
    const own = readSettings(configured, { XTREMEPUSH_OIDC: "github", XTREMEPUSH_TOKEN: "own" });

    assert.equal(typeof pipeline?.token, "function");
    assert.equal(pipeline?.sources.token, "the pipeline's ID token (XTREMEPUSH_OIDC)");
    assert.deepEqual([own?.token, own?.sources.token], ["own", "the environment variable XTREMEPUSH_TOKEN"]);
  });

  it("says what is wrong or missing", () => {
    const refused = (environment: NodeJS.ProcessEnv, message: RegExp) =>
      assert.throws(() => readSettings(configured, environment), { message });

    refused({ XTREMEPUSH_OIDC: "yes" }, /must be github or gitlab/);
    refused({}, /no token is set/);
  });
});
