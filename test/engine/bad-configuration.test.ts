import assert from "node:assert/strict";
import { assertPlain, crmProgram, type EngineBench, openEngineBench, UP } from "../support/engine/engine";

describe("bad configuration gets one sentence that says where to mend it", function () {
  this.timeout(60_000);

  let bench: EngineBench;
  before(async () => {
    bench = await openEngineBench("bad-configuration");
    await bench.stack.write("index.js", crmProgram("list:segment"));
  });
  after(() => bench.close());

  for (const [what, environment, sentence] of [
    [
      "no endpoint",
      { XTREMEPUSH_ENDPOINT: "" },
      /no endpoint is set: set .* XTREMEPUSH_ENDPOINT or .* xtremepush:endpoint/,
    ],
    ["no project", { XTREMEPUSH_PROJECT: "" }, /no project is set: set .* XTREMEPUSH_PROJECT or .* xtremepush:project/],
    [
      "no token",
      { XTREMEPUSH_TOKEN: "" },
      /no token is set: set .* XTREMEPUSH_TOKEN or .* xtremepush:token as a secret/,
    ],
    [
      "an unknown project",
      { XTREMEPUSH_PROJECT: "nowhere" },
      /nowhere.*the project came from the environment variable XTREMEPUSH_PROJECT/,
    ],
    ["a token that is none", { XTREMEPUSH_TOKEN: "hunter2hunter2" }, /the token came from .* XTREMEPUSH_TOKEN/],
    [
      "http to another host",
      { XTREMEPUSH_ENDPOINT: "http://access.example.com" },
      /http:.* only to this machine|must be https/,
    ],
    ["an endpoint that is no address", { XTREMEPUSH_ENDPOINT: "access" }, /endpoint/],
  ] as const) {
    it(`refuses ${what} in the preview`, async () => {
      const output = await bench.stack.with(environment).fail("preview");

      assert.match(output, sentence);
      assertPlain(output, bench.token, "hunter2hunter2");
    });
  }

  it("refuses a token that has ended", async () => {
    const expiresTime = new Date(Date.now() - 1_000);
    const token = await bench.backend.makeActor("editor", ["bad-configuration"], { expiresTime });

    const output = await bench.stack.with({ XTREMEPUSH_TOKEN: token }).fail("preview");

    assert.match(output, /ended|expired/);
    assertPlain(output, token);
  });

  it("refuses the token of another project", async () => {
    await bench.admin.projects.create({ slug: "bad-configuration-elsewhere" });
    const token = await bench.backend.makeActor("editor", ["bad-configuration-elsewhere"]);

    const output = await bench.stack.with({ XTREMEPUSH_TOKEN: token }).fail("preview");

    assert.match(output, /bad-configuration.*the token from the environment variable XTREMEPUSH_TOKEN must be for it/);
    assertPlain(output, token);
  });

  it("lets a viewer preview, and refuses its writes", async () => {
    const token = await bench.backend.makeActor("viewer", ["bad-configuration"]);
    const stack = bench.stack.with({ XTREMEPUSH_TOKEN: token });

    await stack.succeed("preview");
    const output = await stack.fail(...UP);

    assert.match(output, /needs at least editor/);
    assertPlain(output, token);
    assert.deepEqual(await bench.clients(), []);
  });

  it("refuses a token in plain text in the stack configuration", async () => {
    await bench.stack.succeed("config", "set", "--plaintext", "xtremepush:token", bench.token);

    const output = await bench.stack.fail("preview");

    assert.match(
      output,
      /the stack configuration holds xtremepush:token in plain text: run `pulumi config rm xtremepush:token`/,
    );
    assertPlain(output, bench.token);
  });
});
