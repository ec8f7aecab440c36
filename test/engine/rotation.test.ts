import assert from "node:assert/strict";
import { AccessClient } from "xtremepush-access";
import {
  assertPlain,
  assertSaidOnce,
  type EngineBench,
  openEngineBench,
  programOf,
  REFRESH,
  UNCHANGED,
  UP,
} from "../support/engine/engine";

/** The client `CRM sync` with more arguments, as text. */
function rotatingProgram(more: string): string {
  return programOf(`
    const crm = new ApiClient("crm", { name: "CRM sync", ${more} });
    new ScopeGrant("crm", { client: crm, permissions: ["list:segment"] });
    exports.clientId = crm.clientId;
    exports.clientSecret = crm.clientSecret;`);
}

describe("a secret is rotated with an overlap", function () {
  this.timeout(120_000);

  let bench: EngineBench;
  let first: string;
  before(async () => {
    bench = await openEngineBench("rotation");
    await bench.stack.write("index.js", rotatingProgram(""));
    await bench.stack.succeed(...UP);
    first = await secretInState();
  });
  after(() => bench.close());

  async function secretInState(): Promise<string> {
    return JSON.parse(await bench.stack.succeed("stack", "output", "--json", "--show-secrets")).clientSecret;
  }

  async function scopeFor(clientSecret: string): Promise<string | undefined> {
    const { id: clientId } = await bench.onlyClient();
    return (await new AccessClient({ endpoint: bench.endpoint }).oauth.token({ clientId, clientSecret })).scope;
  }

  it("shows the version in the preview, and nothing else of the inputs", async () => {
    await bench.stack.write("index.js", rotatingProgram("secretVersion: 2"));

    const output = await bench.stack.succeed("preview", "--diff");

    assert.match(output, /~ secretVersion: 1 => 2\n/);
    assert.doesNotMatch(output, /[~+-] (?:name|description|managedBy|publicKeys|secretOverlap)/);
  });

  it("makes a second secret, encrypted in the state, and lets the first live", async () => {
    await bench.stack.succeed(...UP);

    const second = await secretInState();
    const exported = await bench.stack.exported();
    assert.match(second, /^xpcs_/);
    assert.notEqual(second, first);
    assert.deepEqual([await scopeFor(first), await scopeFor(second)], ["list:segment", "list:segment"]);
    assert.ok(!exported.includes("xpcs_"));
    await bench.stack.succeed(...UNCHANGED);
  });

  it("refuses a third one within the overlap in the preview, and changes nothing", async () => {
    await bench.stack.write("index.js", rotatingProgram("secretVersion: 3"));

    const output = await bench.stack.fail("preview");

    assertSaidOnce(output, "already has two live secrets, and version 1 lives until");
    assertPlain(output, first);
    assert.equal((await bench.onlyClient()).secretVersion, 2);
  });

  it("makes the third one when both before end at once", async () => {
    const second = await secretInState();
    await bench.stack.write("index.js", rotatingProgram('secretVersion: 3, secretOverlap: "0s"'));

    await bench.stack.succeed(...UP);

    assert.equal(await scopeFor(await secretInState()), "list:segment");
    await assert.rejects(scopeFor(first), { code: "invalid_client" });
    await assert.rejects(scopeFor(second), { code: "invalid_client" });
    await bench.stack.succeed(...UNCHANGED);
  });

  it("says in a refresh who has rotated it by hand, and shows no change", async () => {
    const { id, revision } = await bench.onlyClient();
    await bench.ana.clients.update("rotation", id, { secretVersion: 4 }, { ifMatch: revision });

    const output = await bench.stack.succeed(...REFRESH);

    assert.match(
      output,
      /warning: client xpc_\w+ \("CRM sync"\) is at secret version 4, .*; declare secretVersion: 5 for a new secret, or 4 to replace the live secret/,
    );
    assert.match(output, /revision \d+, "ana of rotation" at /);
    assert.equal(await scopeFor(await secretInState()), "list:segment");
    await bench.stack.succeed(...UNCHANGED);
  });

  it("leaves nothing secret in the state when there must be no secret", async () => {
    await bench.stack.write("index.js", rotatingProgram('secretVersion: 0, secretOverlap: "0s"'));

    await bench.stack.succeed(...UP);

    const { secrets } = await bench.onlyClient();
    assert.deepEqual(secrets, []);
    assert.equal(await secretInState(), null);
    await bench.stack.succeed(...UNCHANGED);
  });
});

describe("a client without a secret", function () {
  this.timeout(60_000);

  let bench: EngineBench;
  before(async () => {
    bench = await openEngineBench("no-secret");
  });
  after(() => bench.close());

  it("leaves no secret in the state, not even an encrypted one", async () => {
    await bench.stack.write("index.js", programOf('new ApiClient("crm", { name: "CRM sync", secretVersion: 0 });'));

    await bench.stack.succeed(...UP);

    const exported = await bench.stack.exported();
    assert.match(exported, /"secretVersion": 0/);
    assert.match(exported, /"clientSecret": null/);
    assert.ok(!exported.includes("ciphertext"), exported);
    await bench.stack.succeed(...UNCHANGED);
  });

  it("still encrypts the secret that it has when the program's 0 is ignored", async () => {
    const declared = (version: number, options: string) =>
      programOf(`new ApiClient("crm", { name: "CRM sync", secretVersion: ${version} }, ${options});`);
    await bench.stack.write("index.js", declared(1, "{}"));
    await bench.stack.succeed(...UP);
    await bench.stack.write("index.js", declared(0, '{ ignoreChanges: ["secretVersion"] }'));
    await bench.stack.succeed(...UP);
    await bench.stack.write("index.js", declared(0, '{ ignoreChanges: ["secretVersion"] }').replace("CRM sync", "CRM"));

    await bench.stack.succeed(...UP);

    const exported = await bench.stack.exported();
    assert.match(exported, /"secretVersion": 1/);
    assert.match(exported, /"name": "CRM"/);
    assert.match(exported, /"ciphertext"/);
    assert.ok(!exported.includes("xpcs_"));
  });
});

describe("a rotation that was killed after the backend's commit heals in the next run", function () {
  this.timeout(120_000);

  let bench: EngineBench;
  before(async () => {
    bench = await openEngineBench("interrupted-rotation");
    await bench.stack.write("index.js", rotatingProgram(""));
    await bench.stack.succeed(...UP);
  });
  after(() => bench.close());

  /** What a killed run has done: the version is live, and nobody has seen its secret. */
  async function rotateAndLose(secretVersion: number) {
    const { id, revision } = await bench.onlyClient();
    const access = new AccessClient({ endpoint: bench.endpoint, token: bench.token });
    await access.clients.update(
      "interrupted-rotation",
      id,
      { secretVersion, secretOverlap: "0s" },
      { ifMatch: revision },
    );
  }

  async function tokenOfTheState() {
    const outputs = JSON.parse(await bench.stack.succeed("stack", "output", "--json", "--show-secrets"));
    return new AccessClient({ endpoint: bench.endpoint }).oauth.token(outputs);
  }

  it("with a fresh secret of that version, also after a refresh", async () => {
    await rotateAndLose(2);
    await bench.stack.write("index.js", rotatingProgram('secretVersion: 2, secretOverlap: "0s"'));

    await bench.stack.succeed(...REFRESH);
    await bench.stack.succeed(...UP);

    assert.equal((await tokenOfTheState()).scope, "list:segment");
    assert.equal((await bench.onlyClient()).secretVersion, 2);
    await bench.stack.succeed(...UNCHANGED);
  });
});
