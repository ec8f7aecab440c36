import assert from "node:assert/strict";
import {
  assertPlain,
  assertSaidOnce,
  type EngineBench,
  openEngineBench,
  programOf,
  UNCHANGED,
  UP,
} from "../support/engine/engine";
import { makeCertificate, makeKeyPair, type TestKeyPair } from "../support/sdk/certificates";

/** The client `CRM sync` without a secret, and with these keys. */
function keyProgram(publicKeys: Readonly<Record<string, string>>): string {
  return programOf(`
    const crm = new ApiClient("crm", {
      name: "CRM sync",
      secretVersion: 0,
      publicKeys: ${JSON.stringify(publicKeys)},
    });
    exports.keyExpiry = crm.keyExpiry;`);
}

describe("public keys are declared by label", function () {
  this.timeout(120_000);

  let bench: EngineBench;
  let pair: TestKeyPair;
  let certificate: string;
  before(async () => {
    bench = await openEngineBench("public-keys");
    pair = await makeKeyPair();
    ({ certificate } = await makeCertificate({ notBefore: new Date("2020-01-01"), notAfter: new Date("2999-01-01") }));
  });
  after(() => bench.close());

  it("gives them to the client, and answers their ends", async () => {
    await bench.stack.write("index.js", keyProgram({ current: certificate }));

    await bench.stack.succeed(...UP);

    assert.deepEqual(JSON.parse(await bench.stack.succeed("stack", "output", "--json")), {
      keyExpiry: { current: "2999-01-01T00:00:00.000Z" },
    });
    assert.deepEqual(Object.keys((await bench.onlyClient()).publicKeys), ["current"]);
    await bench.stack.succeed(...UNCHANGED);
  });

  it("shows a key that is added under its label, and not the one that stays", async () => {
    await bench.stack.write("index.js", keyProgram({ current: certificate, next: pair.publicKey }));

    const output = await bench.stack.succeed("preview", "--diff");

    assert.match(output, /\+ next: /);
    assert.doesNotMatch(output, /current/);
    await bench.stack.succeed(...UP);
    assert.deepEqual(Object.keys((await bench.onlyClient()).publicKeys).sort(), ["current", "next"]);
  });

  it("shows a key that is removed under its label", async () => {
    await bench.stack.write("index.js", keyProgram({ next: pair.publicKey }));

    const output = await bench.stack.succeed("preview", "--diff");

    assert.match(output, /- current: /);
    assert.doesNotMatch(output, /next/);
    await bench.stack.succeed(...UP);
    assert.deepEqual(Object.keys((await bench.onlyClient()).publicKeys), ["next"]);
    await bench.stack.succeed(...UNCHANGED);
  });

  it("refuses a private key in the preview, and shows none of it", async () => {
    await bench.stack.write("index.js", keyProgram({ next: pair.publicKey, mine: pair.privateKey }));

    const preview = await bench.stack.fail("preview");
    const diff = await bench.stack.fail("preview", "--diff");
    const update = await bench.stack.fail(...UP);

    assertSaidOnce(preview, "publicKeys.mine: a private key must never leave its owner");
    const lines = pair.privateKey.split("\n").filter((line) => line !== "" && !line.startsWith("-----"));
    for (const output of [preview, diff, update]) assertPlain(output, ...lines);
    const exported = await bench.stack.exported();
    assert.ok(!exported.includes(pair.privateKey.split("\n")[1] ?? "?"));
  });
});
