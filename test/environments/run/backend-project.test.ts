import assert from "node:assert/strict";
import { AccessClient } from "xtremepush-access";
import { ensureProject, projectAddressOf, warnOfTokenEnd } from "../../../environments/src/run/backend-project";
import { startTestBackend, type TestBackend } from "../../support/backend/backend";

describe("the project of an environment", () => {
  const configured = (values: Readonly<Record<string, string>>, secretKeys: readonly string[] = []) => ({
    values,
    secretKeys,
    environments: [],
  });
  const values = { "xtremepush:endpoint": "http://127.0.0.1:1", "xtremepush:project": "acme" };

  it("is where the configuration says, else the environment", () => {
    const environment = {
      XTREMEPUSH_ENDPOINT: "http://127.0.0.1:2",
      XTREMEPUSH_PROJECT: "shop",
      XTREMEPUSH_TOKEN: "t",
    };

    const [ofStack, ofEnvironment] = [values, {}].map((each) => projectAddressOf(configured(each), environment));

    assert.deepEqual(ofStack, { endpoint: "http://127.0.0.1:1", project: "acme", token: "t" });
    assert.deepEqual(ofEnvironment, { endpoint: "http://127.0.0.1:2", project: "shop", token: "t" });
  });

  it("is not asked for with a token that only Pulumi can decrypt, or where it is not known", () => {
    const secret = configured({ ...values, "xtremepush:token": "[secret]" }, ["xtremepush:token"]);

    assert.equal(projectAddressOf(secret, { XTREMEPUSH_TOKEN: "t" }), null);
    assert.equal(projectAddressOf(configured({}), {}), null);
  });

  it("needs a token", () => {
    assert.throws(() => projectAddressOf(configured(values), { XTREMEPUSH_TOKEN: " " }), {
      message:
        'no token is set for the project "acme"; set XTREMEPUSH_TOKEN to the token of an actor that may edit it, or, in a pipeline, XTREMEPUSH_OIDC to github or gitlab',
      exitCode: 2,
    });
  });
});

describe("the end of a token", function () {
  this.timeout(20_000);

  it("is not asked of a pipeline's own token, and is no reason to fail", async () => {
    const values = { "xtremepush:endpoint": "http://127.0.0.1:1" };
    const known = { values, secretKeys: [] };

    await warnOfTokenEnd(known, { XTREMEPUSH_TOKEN: "t" });
    await warnOfTokenEnd(known, { XTREMEPUSH_OIDC: "nowhere" });
    await warnOfTokenEnd({ values: {}, secretKeys: [] }, {});
  });
});

describe("a project on a backend", () => {
  let backend: TestBackend;
  before(async () => {
    backend = await startTestBackend();
  });
  after(() => backend.close());

  it("is made once by an admin", async () => {
    const address = { endpoint: backend.endpoint, project: "acme", token: backend.adminToken };

    assert.deepEqual([await ensureProject(address), await ensureProject(address)], [true, false]);
    const { slug } = await new AccessClient({ endpoint: address.endpoint, token: address.token }).projects.get("acme");
    assert.equal(slug, "acme");
  });

  it("is refused to an editor, with the command for an admin", async () => {
    const token = await backend.makeActor("editor", ["acme"]);

    await assert.rejects(ensureProject({ endpoint: backend.endpoint, project: "shop", token }), {
      message:
        'the project "shop" does not exist, or this token may not see it; an admin makes it with `xtremepush-access-backend project create shop`',
      exitCode: 1,
    });
  });
});
