import assert from "node:assert/strict";
import { AccessClient } from "xtremepush-access";
import {
  assertPlain,
  assertSaidOnce,
  DESTROY,
  type EngineBench,
  openEngineBench,
  ownerOf,
  programOf,
  REFRESH,
  UNCHANGED,
  UP,
} from "../support/engine/engine";

describe("a client that was made by hand is adopted", function () {
  this.timeout(120_000);

  let bench: EngineBench;
  let clientId: string;
  let clientSecret: string;
  before(async () => {
    bench = await openEngineBench("adopt");
    const made = await bench.ana.clients.create("adopt", { name: "CRM sync", description: "By hand" });
    clientId = made.id;
    clientSecret = made.clientSecret ?? "";
    await bench.ana.grants.put("adopt", clientId, { permissions: ["list:segment"] }, { ifMatch: 0 });
  });
  after(() => bench.close());

  /** A program that adopts the client with these arguments. */
  function adoptingProgram(args: string, options = "{}"): string {
    return programOf(`
      const crm = new ApiClient("crm", { ${args} }, ${options});
      new ScopeGrant("crm", { client: crm, permissions: ["list:segment"] });
      exports.clientSecret = crm.clientSecret;`);
  }

  it("shows the differences in the preview, one line each, and changes nothing", async () => {
    await bench.stack.write("index.js", adoptingProgram(`name: "CRM", secretVersion: 2, adopt: "${clientId}"`));

    const output = await bench.stack.fail("preview");

    assertSaidOnce(
      output,
      `client ${clientId} ("CRM sync") cannot be adopted because it differs from what is declared:`,
    );
    assert.match(output, /^ +name: "CRM sync" -> "CRM"$/m);
    assert.match(output, /^ +description: "By hand" -> null$/m);
    assert.match(output, /^ +secretVersion: 1 -> 2$/m);
    assertPlain(output);
    assert.equal((await bench.onlyClient()).managedBy, null);
  });

  it("takes it over under its ID and with its secret, which stays out of the state", async () => {
    const args = `name: "CRM sync", description: "By hand", adopt: "${clientId}"`;
    await bench.stack.write("index.js", adoptingProgram(args));

    await bench.stack.succeed(...UP);

    const { id, managedBy, grant } = await bench.onlyClient();
    assert.deepEqual([id, managedBy, grant.permissions], [clientId, ownerOf("ApiClient", "crm"), ["list:segment"]]);
    const token = await new AccessClient({ endpoint: bench.endpoint }).oauth.token({ clientId, clientSecret });
    assert.equal(token.scope, "list:segment");
    assert.equal(
      JSON.parse(await bench.stack.succeed("stack", "output", "--json", "--show-secrets")).clientSecret,
      null,
    );
    await bench.stack.succeed(...UNCHANGED);
  });

  it("shows no change in a refresh, nor when adopt is removed", async () => {
    await bench.stack.succeed(...REFRESH, "--expect-no-changes");
    await bench.stack.write("index.js", adoptingProgram('name: "CRM sync", description: "By hand"'));

    await bench.stack.succeed(...UP, "--expect-no-changes");

    await bench.stack.succeed(...UNCHANGED);
  });

  it("brings it back with its permissions after a destroy, which says that it was in use", async () => {
    const output = await bench.stack.succeed(...DESTROY);
    assert.match(output, new RegExp(`warning: client ${clientId} \\("CRM sync"\\) was deleted while in use, last at `));
    const args = `name: "CRM sync", description: "By hand"`;
    await bench.stack.write("index.js", adoptingProgram(args, `{ import: "${clientId}" }`));

    const restored = await bench.stack.succeed(...UP);

    assert.match(
      restored,
      /warning: client xpc_\w+ .* is restored with its permissions; its secrets and keys no longer work/,
    );
    const { id, grant } = await bench.onlyClient();
    assert.deepEqual([id, grant.permissions], [clientId, ["list:segment"]]);
    const { oauth } = new AccessClient({ endpoint: bench.endpoint });
    await assert.rejects(oauth.token({ clientId, clientSecret }), { code: "invalid_client" });
    await bench.stack.succeed(...UNCHANGED);
  });

  it("gives it a secret that works by the next version", async () => {
    await bench.stack.write("index.js", adoptingProgram('name: "CRM sync", description: "By hand", secretVersion: 2'));

    await bench.stack.succeed(...UP);

    const outputs = JSON.parse(await bench.stack.succeed("stack", "output", "--json", "--show-secrets"));
    const { oauth } = new AccessClient({ endpoint: bench.endpoint });
    assert.equal((await oauth.token({ clientId, clientSecret: outputs.clientSecret })).scope, "list:segment");
    await bench.stack.succeed(...UNCHANGED);
  });
});

describe("a state that was lost is found again by adopt", function () {
  this.timeout(60_000);

  let bench: EngineBench;
  before(async () => {
    bench = await openEngineBench("adopt-lost-state");
  });
  after(() => bench.close());

  it("names the line to add, and keeps the client with it", async () => {
    const { id, revision } = await bench.ana.clients.create("adopt-lost-state", {
      name: "CRM sync",
      managedBy: ownerOf("ApiClient", "crm"),
    });
    await bench.stack.write("index.js", programOf('new ApiClient("crm", { name: "CRM sync" });'));
    const output = await bench.stack.fail(...UP);
    assertSaidOnce(output, `keep it with adopt: "${id}"`);
    await bench.stack.write("index.js", programOf(`new ApiClient("crm", { name: "CRM sync", adopt: "${id}" });`));

    await bench.stack.succeed(...UP);

    const found = await bench.onlyClient();
    assert.deepEqual([found.id, found.revision], [id, revision]);
    await bench.stack.succeed(...UNCHANGED);
  });
});
