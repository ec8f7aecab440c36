import assert from "node:assert/strict";
import {
  assertPlain,
  type EngineBench,
  openEngineBench,
  programOf,
  UNCHANGED,
  UP,
  urnOf,
} from "../support/engine/engine";
import { HASTY } from "../support/engine/name-patience";

describe("names that one client hands over to another, each in one run", function () {
  this.timeout(120_000);

  let bench: EngineBench;
  before(async () => {
    bench = await openEngineBench("handed-over");
    await up({ a: "A", b: "B", c: "C" });
  });
  after(() => bench.close());

  /** Declares a client of each name. */
  const write = (names: Readonly<Record<string, string>>) =>
    bench.stack.write(
      "index.js",
      programOf(`
        for (const [resource, name] of Object.entries(${JSON.stringify(names)})) {
          const client = new ApiClient(resource, { name });
          new ScopeGrant(resource, { client, permissions: ["list:segment"] });
        }`),
    );
  async function up(names: Readonly<Record<string, string>>) {
    await write(names);
    return bench.stack.succeed(...UP);
  }
  /** The name of each resource's client, and that the stack has nothing more to do. */
  async function settled() {
    const live = (await bench.clients()).map(({ managedBy, name }) => [managedBy?.split("::").at(-1) ?? "", name]);
    await bench.stack.succeed(...UNCHANGED);
    return Object.fromEntries(live.sort());
  }
  const ids = async () => (await bench.clients()).map(({ id }) => id).sort();
  /** How many changes of clients the backend has recorded. */
  async function changes() {
    let count = 0;
    for await (const { action } of bench.admin.audit.ofProject(bench.project))
      count += action === "client.update" ? 1 : 0;
    return count;
  }

  it("shifts names, and shifts them back", async () => {
    const [before, changed] = [await ids(), await changes()];

    const output = await up({ a: "B", b: "C", c: "D" });

    assert.deepEqual(await settled(), { a: "B", b: "C", c: "D" });
    assert.deepEqual([await ids(), await changes()], [before, changed + 3]);
    assertPlain(output);
    await up({ a: "A", b: "B", c: "C" });
    assert.deepEqual([await settled(), await ids()], [{ a: "A", b: "B", c: "C" }, before]);
  });

  it("swaps two names", async () => {
    const before = await changes();

    await up({ a: "B", b: "A", c: "C" });

    assert.deepEqual(await settled(), { a: "B", b: "A", c: "C" });
    assert.equal(await changes(), before + 3);
  });

  it("turns a circle of three", async () => {
    await up({ a: "A", b: "C", c: "B" });
    const [before, changed] = [await ids(), await changes()];

    await up({ a: "C", b: "B", c: "A" });

    assert.deepEqual([await settled(), await ids()], [{ a: "C", b: "B", c: "A" }, before]);
    assert.equal(await changes(), changed + 4);
  });

  it("hands a name over to a new client, whichever is declared first", async () => {
    await up({ fresh: "B", a: "C", b: "New B", c: "A" });
    await up({ fresh: "B", a: "C", b: "New B", c: "New A", last: "A" });

    assert.deepEqual(await settled(), { a: "C", b: "New B", c: "New A", fresh: "B", last: "A" });
  });

  it("names the two steps when the client that has the name is removed in the same run", async () => {
    await write({ a: "C", b: "B", c: "New A", last: "A" });

    const preview = await bench.stack.succeed("preview");
    const output = await bench.stack.with(HASTY).fail(...UP);

    const steps = `if you removed ${urnOf("ApiClient", "fresh")}, take two steps, because deletes come last in a run:`;
    for (const shown of [preview, output]) assert.ok(shown.includes(steps), shown);
    assertPlain(output);
    await up({ a: "C", b: "New B", c: "New A", last: "A" });
    await up({ a: "C", b: "B", c: "New A", last: "A" });
    assert.deepEqual(await settled(), { a: "C", b: "B", c: "New A", last: "A" });
  });

  it("refuses in the preview a name that a client by hand has", async () => {
    const { id } = await bench.ana.clients.create(bench.project, { name: "By hand" });
    await write({ a: "By hand", b: "B", c: "New A", last: "A" });

    const output = await bench.stack.fail("preview");

    assert.ok(output.includes(`the name "By hand" is taken by client ${id}, which no program manages`), output);
  });
});
