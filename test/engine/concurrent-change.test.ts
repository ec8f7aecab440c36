import assert from "node:assert/strict";
import { AccessClient } from "xtremepush-access";
import {
  assertPlain,
  assertSaidOnce,
  crmProgram,
  type EngineBench,
  openEngineBench,
  programOf,
  REFRESH,
  UNCHANGED,
  UP,
} from "../support/engine/engine";

describe("no change is lost: an update that finds one lists who changed what", function () {
  this.timeout(120_000);

  let bench: EngineBench;
  let ben: AccessClient;
  before(async () => {
    bench = await openEngineBench("nobodys-change");
    const token = await bench.backend.makeActor("editor", ["nobodys-change"], { name: "ben\u2066 of nobodys-change" });
    ben = new AccessClient({ endpoint: bench.endpoint, token });
    await bench.stack.write("index.js", crmProgram("list:segment", "import:profile"));
    await bench.stack.succeed(...UP);
  });
  after(() => bench.close());

  /** What was printed from a line on, without the blanks at its edges and with each time as T. */
  function linesFrom(output: string, start: RegExp): string[] {
    const lines = output.split("\n").map((line) => line.trim().replace(/\d{4}-\d\d-\d\dT\S+Z/g, "T"));
    return lines.slice(lines.findIndex((line) => start.test(line)));
  }

  it("on a grant, with one line for each permission", async () => {
    const { id } = await bench.onlyClient();
    await bench.ana.grants.put("nobodys-change", id, { permissions: ["list:segment", "delete:list"] }, { ifMatch: 1 });
    await ben.grants.put("nobodys-change", id, { permissions: ["delete:list"] }, { ifMatch: 2 });
    await bench.stack.write("index.js", crmProgram("list:segment"));

    const output = await bench.stack.fail(...UP);

    assert.deepEqual(linesFrom(output, /^error: ScopeGrant crm: the permissions of client/).slice(0, 9), [
      `error: ScopeGrant crm: the permissions of client ${id} were changed by "ben\\u{2066} of nobodys-change" at T (revision 1 -> 3)`,
      'revision 3, "ben\\u{2066} of nobodys-change" at T:',
      "- list:segment",
      'revision 2, "ana of nobodys-change" at T:',
      "+ delete:list",
      "- import:profile",
      "from live to declared:",
      "- delete:list",
      "+ list:segment",
    ]);
    assertSaidOnce(output, "run `pulumi refresh`");
    assertPlain(output);
    assert.deepEqual((await bench.onlyClient()).grant.permissions, ["delete:list"]);
  });

  it("on a client, with one line for each field", async () => {
    const { id } = await bench.onlyClient();
    await bench.ana.clients.update("nobodys-change", id, { description: "do not touch" }, { ifMatch: 1 });
    await bench.stack.write("index.js", programOf('new ApiClient("crm", { name: "CRM" });'));

    const output = await bench.stack.fail(...UP);

    assert.deepEqual(linesFrom(output, /^error: ApiClient crm: client .* was changed by/).slice(0, 6), [
      `error: ApiClient crm: client ${id} ("CRM sync") was changed by "ana of nobodys-change" at T (revision 1 -> 2)`,
      'revision 2, "ana of nobodys-change" at T:',
      'description: null -> "do not touch"',
      "from live to declared:",
      'name: "CRM sync" -> "CRM"',
      'description: "do not touch" -> null',
    ]);
    assertPlain(output);
  });

  it("finds no change after a refresh and one more run", async () => {
    await bench.stack.write("index.js", crmProgram("list:segment"));
    await bench.stack.succeed(...REFRESH);

    await bench.stack.succeed(...UP);

    const { description, grant } = await bench.onlyClient();
    assert.deepEqual([description, grant.permissions], [null, ["list:segment"]]);
    await bench.stack.succeed(...UNCHANGED);
  });
});
