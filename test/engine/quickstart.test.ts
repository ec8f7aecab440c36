import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { AccessClient } from "xtremepush-access";
import { assertPlain, DESTROY, type EngineBench, openEngineBench, UNCHANGED, UP } from "../support/engine/engine";

const QUICKSTART = path.resolve(__dirname, "../../examples/quickstart");

describe("the quickstart becomes clients whose tokens carry exactly their permissions", function () {
  this.timeout(60_000);

  let bench: EngineBench;
  before(async () => {
    bench = await openEngineBench("quickstart", { ownHost: true });
    await bench.stack.write("package.json", '{ "name": "programs", "main": "index.ts" }');
    await bench.stack.write("Pulumi.yaml", "name: programs\nruntime: nodejs\n");
    for (const file of ["index.ts", "tsconfig.json"]) {
      await bench.stack.write(file, await readFile(path.join(QUICKSTART, file), "utf8"));
    }
  });
  after(() => bench.close());

  it("makes two clients with their permissions, and shows no secret", async () => {
    const output = await bench.stack.succeed(...UP);

    const live = (await bench.clients()).map(({ name, description, grant }) => ({
      name,
      description,
      permissions: grant.permissions.length,
    }));
    assert.deepEqual(live, [
      { name: "CRM sync", description: "Keeps profiles in step with the CRM", permissions: 3 },
      { name: "Reporting dashboard", description: null, permissions: 20 },
    ]);
    assert.match(output, /clientSecret: \[secret\]/);
    assertPlain(output, "xpcs_", bench.token);
  });

  it("finds nothing to do at the next preview", async () => {
    await bench.stack.succeed(...UNCHANGED);
  });

  it("gives a secret that gets a token with exactly the declared permissions", async () => {
    const outputs = JSON.parse(await bench.stack.succeed("stack", "output", "--json", "--show-secrets"));

    const { clientId, clientSecret } = outputs;
    const token = await new AccessClient({ endpoint: bench.endpoint }).oauth.token({ clientId, clientSecret });

    assert.deepEqual(token.scope?.split(" ").sort(), ["import:profile", "info:task", "list:segment"]);
  });

  it("leaves nothing behind after a destroy", async () => {
    await bench.stack.succeed(...DESTROY);

    assert.deepEqual(await bench.clients(), []);
    assert.equal(JSON.parse(await bench.stack.exported()).deployment.resources, undefined);
  });

  it("may be destroyed again", async () => {
    await bench.stack.succeed(...DESTROY);
  });
});
