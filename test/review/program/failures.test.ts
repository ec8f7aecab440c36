import assert from "node:assert/strict";
import { statSync } from "node:fs";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { removeTemporaryFolders } from "../../support/process/temporary-folder";
import { plainProgram, reviewedProgram } from "../../support/review/reviewed-program";

/** Reads a program that fails, and returns the message. */
async function failureOf(files: Readonly<Record<string, string>>): Promise<string> {
  const error = await reviewedProgram(files)
    .read()
    .then(
      () => assert.fail("the program was read"),
      (thrown: Error) => thrown,
    );
  assert.equal(error.name, "ReviewFailure", error.stack);
  assert.doesNotMatch(error.message, /\n/);
  return error.message;
}

const STACK = "the program of programs, stack dev,";

describe("readProgram, programs that do not run to their end", function () {
  this.timeout(60_000);

  after(removeTemporaryFolders);

  it("names the line and the message of what is thrown", async () => {
    const sentence = await failureOf({
      "index.js": plainProgram('require("./partners");'),
      "partners.js": "const partners = {};\npartners.list.map((name) => name);\n",
    });

    assert.equal(
      sentence,
      `${STACK} failed at partners.js:2: TypeError: Cannot read properties of undefined (reading 'map')`,
    );
  });

  it("names the compiler's message", async () => {
    const sentence = await failureOf({
      "index.ts": 'import { ApiClient } from "pulumi-xtremepush";\nnew ApiClient("crm", { nam: "CRM" });\n',
    });

    assert.match(sentence, /failed: TSError: .*index\.ts\(2,24\): error TS2561: .*'nam' does not exist/);
  });

  it("names the line of what an ES module throws, after an await", async () => {
    const sentence = await failureOf({
      "package.json": '{ "private": true, "type": "module", "main": "index.ts" }',
      "index.ts": 'interface Unused {\n  readonly name: string;\n}\nawait null;\nthrow new Error("no partners");\n',
    });

    assert.equal(sentence, `${STACK} failed at index.ts:5: no partners`);
  });

  it("names configuration that is missing", async () => {
    const sentence = await failureOf({ "index.js": plainProgram('new pulumi.Config().require("partner");') });

    assert.match(sentence, /failed at index\.js:4: Missing required configuration variable 'programs:partner'/);
  });

  it("refuses two resources of one URN", async () => {
    const sentence = await failureOf({
      "index.js": plainProgram('new ApiClient("crm", { name: "A" });', 'new ApiClient("crm", { name: "B" });'),
    });

    assert.match(sentence, /duplicate resource URN urn:pulumi:dev::programs::.*:ApiClient::crm: give each/);
  });

  it("reports an error that the program only logs", async () => {
    const sentence = await failureOf({ "index.js": plainProgram('pulumi.log.error("no quota");') });

    assert.equal(sentence, `${STACK} failed: no quota`);
  });

  it("kills a program that never ends, and what it started", async () => {
    const program = reviewedProgram({
      "beat.sh": "while true; do printf . >> beats; sleep 0.1; done",
      "index.js": plainProgram(
        'require("node:child_process").spawn("sh", ["beat.sh"]);',
        "setInterval(() => {}, 1000);",
      ),
    });
    const beats = () => statSync(path.join(program.folder, "beats")).size;

    await assert.rejects(program.read({ timeoutSeconds: 8 }), /did not end within 8 seconds; .*--timeout/);

    const counted = beats();
    await setTimeout(600);
    assert.notEqual(counted, 0);
    assert.equal(beats(), counted);
  });

  it("refuses a program that ends its own process, even with success", async () => {
    const sentence = await failureOf({
      "index.js": plainProgram('new ApiClient("crm", { name: "CRM" });', "process.exit(0);"),
    });

    assert.match(sentence, /called process\.exit at index\.js:5 before it registered everything/);
  });

  it("refuses a program that waits for an unknown value", async () => {
    const sentence = await failureOf({
      "index.js": plainProgram(
        "module.exports = async () => {",
        '  const network = new pulumi.StackReference("acme/network/prod");',
        '  const region = await new Promise((resolve) => network.getOutput("region").apply(resolve));',
        '  new ApiClient("crm", { name: region });',
        "};",
      ),
    });

    assert.match(sentence, /stopped early: it waits for a value that is not known/);
  });

  it("refuses a program without its entry point", async () => {
    const sentence = await failureOf({ "package.json": '{ "main": "lib/index.js" }' });

    assert.match(sentence, /failed: Cannot find module 'lib\/index\.js'/);
  });

  it("refuses a program with a token in plain text", async () => {
    const sentence = await failureOf({
      "Pulumi.dev.yaml": "config:\n  xtremepush:token: xpat_plain\n",
      "index.js": plainProgram('new ApiClient("crm", { name: "CRM" });'),
    });

    assert.match(sentence, /holds xtremepush:token in plain text/);
    assert.doesNotMatch(sentence, /xpat_plain/);
  });

  it("lets no transform send the review to another machine", async () => {
    const sentence = await failureOf({
      "index.js": plainProgram(
        'const { Callback } = require("@pulumi/pulumi/proto/callback_pb");',
        "const callback = new Callback();",
        'callback.setTarget("192.0.2.1:443");',
        'const monitor = require("@pulumi/pulumi/runtime/settings").getMonitor();',
        "monitor.registerStackTransform(callback, () => {",
        '  new ApiClient("crm", { name: "CRM" });',
        "});",
      ),
    });

    assert.match(sentence, /transforms of a program must run on 127\.0\.0\.1, not on 192\.0\.2\.1:443/);
  });
});
