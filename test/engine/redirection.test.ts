import assert from "node:assert/strict";
import { AccessClient } from "xtremepush-access";
import {
  assertPlain,
  crmProgram,
  type EngineBench,
  openEngineBench,
  sharedBackend,
  UP,
} from "../support/engine/engine";

describe("a stack refuses to be pointed at another project or backend", function () {
  this.timeout(60_000);

  let bench: EngineBench;
  let other: { endpoint: string; admin: AccessClient; token: string };
  before(async () => {
    bench = await openEngineBench("redirection");
    await bench.admin.projects.create({ slug: "redirection-elsewhere" });
    const { endpoint, adminToken, makeActor } = await sharedBackend("second");
    const admin = new AccessClient({ endpoint, token: adminToken });
    await admin.projects.create({ slug: "redirection" });
    other = { endpoint, admin, token: await makeActor("editor", ["redirection"]) };
    await bench.stack.write("index.js", crmProgram("list:segment"));
    await bench.stack.succeed(...UP);
    await bench.stack.write("index.js", crmProgram("list:segment", "list:profile"));
  });
  after(() => bench.close());

  it("refuses another project before an update changes anything", async () => {
    const token = await bench.backend.makeActor("editor", ["redirection", "redirection-elsewhere"]);
    const stack = bench.stack.with({ XTREMEPUSH_TOKEN: token });
    await stack.succeed("config", "set", "xtremepush:project", "redirection-elsewhere");

    const output = await stack.fail(...UP);

    await stack.succeed("config", "rm", "xtremepush:project");
    assert.match(
      output,
      /the resource is in project redirection, but the stack configuration xtremepush:project says redirection-elsewhere: restore that setting, or use another stack/,
    );
    assertPlain(output, token);
    assert.deepEqual((await bench.onlyClient()).grant.permissions, ["list:segment"]);
    assert.deepEqual((await bench.admin.clients.list("redirection-elsewhere")).items, []);
  });

  it("refuses another backend in the preview", async () => {
    const stack = bench.stack.with({ XTREMEPUSH_TOKEN: other.token });
    await stack.succeed("config", "set", "xtremepush:endpoint", other.endpoint);

    const output = await stack.fail("preview");

    await stack.succeed("config", "rm", "xtremepush:endpoint");
    assert.match(
      output,
      /the resource is on backend xpb_\w+, but http:\S+ is backend xpb_\w+ \(the address came from .*\): restore that setting/,
    );
    assertPlain(output, other.token);
    assert.deepEqual((await bench.onlyClient()).grant.permissions, ["list:segment"]);
    assert.deepEqual((await other.admin.clients.list("redirection")).items, []);
  });
});
