import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { SECRET_KEY } from "pulumi-xtremepush/protocol";
import { crmProgram, type EngineBench, openEngineBench, REFRESH, UP } from "../support/engine/engine";

describe("the state holds no secret in plain text", function () {
  this.timeout(60_000);

  let bench: EngineBench;
  let secret: string;
  before(async () => {
    bench = await openEngineBench("state-secrecy");
    await bench.stack.write("index.js", crmProgram("list:segment"));
    await bench.stack.succeed(...UP);
    secret = JSON.parse(await bench.stack.succeed("stack", "output", "--json", "--show-secrets")).clientSecret;
  });
  after(() => bench.close());

  /** All files of the stack: state, history, backups, configuration. */
  async function everythingKept(): Promise<string> {
    const entries = await readdir(bench.stack.folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && !entry.parentPath.includes("/home"));
    return (await Promise.all(files.map((file) => readFile(path.join(file.parentPath, file.name), "utf8")))).join();
  }

  it("encrypts the client secret, in the resource and in the outputs", async () => {
    const exported = await bench.stack.exported();

    const resources = JSON.parse(exported).deployment.resources as { type: string; outputs: Record<string, unknown> }[];
    const secrets = resources.flatMap(({ outputs }) => Object(outputs)["clientSecret"] ?? []);
    assert.match(secret, /^xpcs_/);
    assert.equal(secrets.length, 2);
    for (const kept of secrets) assert.deepEqual(Object.keys(kept).sort(), [SECRET_KEY, "ciphertext"]);
    assert.ok(!exported.includes("xpcs_"));
  });

  it("keeps no more than 120 characters of code for a resource", async () => {
    const exported = await bench.stack.exported();

    const texts = [...exported.matchAll(/"__provider": "(.*require.*)"/g)].map(([, text]) => text ?? "");
    assert.equal(texts.length, 4);
    for (const text of texts) assert.ok(text.length <= 120, `${text.length} characters: ${text}`);
  });

  it("keeps no token that comes from the environment", async () => {
    const kept = await everythingKept();

    assert.match(kept, /"project": ?"state-secrecy"/);
    for (const plain of [bench.token, secret, "xpat_", "xpcs_"]) assert.ok(!kept.includes(plain));
  });

  it("keeps a token of the stack configuration encrypted", async () => {
    const stack = bench.stack.with({ XTREMEPUSH_TOKEN: "" });
    const token = await bench.backend.makeActor("editor", ["state-secrecy"]);
    await stack.succeed("config", "set", "--secret", "xtremepush:token", token);
    await stack.write("index.js", crmProgram("list:segment", "list:profile"));

    await stack.succeed(...UP);
    await stack.succeed(...REFRESH);

    const kept = await everythingKept();
    assert.deepEqual((await bench.onlyClient()).grant.permissions, ["list:profile", "list:segment"]);
    assert.match(kept, /xtremepush:token:\n\s+secure: /);
    for (const plain of [token, "xpat_", "xpcs_"]) assert.ok(!kept.includes(plain));
  });
});
