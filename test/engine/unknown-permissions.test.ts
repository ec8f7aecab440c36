import assert from "node:assert/strict";
import { type EngineBench, openEngineBench, permissionLines, programOf, UNCHANGED, UP } from "../support/engine/engine";

describe("permissions that are not known before the update end without a diff", function () {
  this.timeout(60_000);

  let bench: EngineBench;
  before(async () => {
    bench = await openEngineBench("unknown-permissions");
    await bench.stack.write("index.js", programOf(""));
    await bench.stack.succeed(...UP);
  });
  after(() => bench.close());

  it("takes a list that is an Output, a list with an Output in it, and a select", async () => {
    await bench.stack.write("index.js", grantsOf("one"));

    await bench.stack.succeed("up", "--yes");

    const grants = Object.fromEntries((await bench.clients()).map(({ name, grant }) => [name, grant.permissions]));
    assert.deepEqual(grants, {
      one: [],
      element: ["list:segment", "import:profile"],
      list: ["list:profile", "list:segment"],
      select: ["info:campaign", "info:segment", "info:list", "info:task", "info:push"],
    });
    await bench.stack.succeed(...UNCHANGED);
  });

  it("still shows the known permissions when one element is not known", async () => {
    await bench.stack.write("index.js", grantsOf("two"));

    const output = await bench.stack.succeed("preview", "--diff");

    assert.match(output, /\+ permissions\[1\]: \[unknown\]/);
    assert.ok(!permissionLines(output).some((line) => line.includes("import:profile")), output);
  });
});

/** Another name of the resource makes what depends on it unknown again. */
function grantsOf(one: string): string {
  return programOf(`
    const one = new ApiClient("${one}", { name: "${one}" });
    const element = new ApiClient("element", { name: "element" });
    const list = new ApiClient("list", { name: "list" });
    const selected = new ApiClient("select", { name: "select" });
    const later = one.clientId.apply(() => permissions.list.segment);
    new ScopeGrant("element", { client: element, permissions: [permissions.import.profile, later] });
    new ScopeGrant("list", { client: list, permissions: later.apply((last) => [permissions.list.profile, last]) });
    new ScopeGrant("select", { client: selected, permissions: select({ scope: "info", data: "none" }) });`);
}
