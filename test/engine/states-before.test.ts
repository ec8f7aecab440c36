import assert from "node:assert/strict";
import { DESTROY, type EngineBench, openEngineBench, REFRESH, UNCHANGED, urnOf } from "../support/engine/engine";
import { WRITTEN_PROJECT, writtenProgram, writtenStack } from "../support/engine/written-stack";

describe("a stack that an earlier version has written", function () {
  this.timeout(120_000);

  let bench: EngineBench;
  before(async () => {
    bench = await openEngineBench(WRITTEN_PROJECT);
    await bench.stack.write("state.json", await writtenStack(bench));
    const clients = await bench.clients();
    const idOf = (name: string) => clients.find((client) => client.name === name)?.id ?? "";
    await bench.stack.write("index.js", writtenProgram({ adopted: idOf("Made by hand"), read: idOf("Read") }));
    await bench.stack.succeed("stack", "import", "--file", "state.json");
  });
  after(() => bench.close());

  it("shows no change in a preview, before and after a refresh", async () => {
    await bench.stack.succeed(...UNCHANGED);
    await bench.stack.succeed(...REFRESH);
    await bench.stack.succeed(...UNCHANGED);
  });

  it("is whole again after a refresh, when a resource has lost what the provider needs", async () => {
    const { deployment, ...rest } = JSON.parse(await bench.stack.exported());
    const [crm] = deployment.resources.filter(({ urn }: { urn: string }) => urn === urnOf("ApiClient", "crm"));
    delete crm.outputs.revision;
    await bench.stack.write("broken.json", JSON.stringify({ deployment, ...rest }));
    await bench.stack.succeed("stack", "import", "--file", "broken.json");

    const refused = await bench.stack.fail(...UNCHANGED);
    await bench.stack.succeed(...REFRESH);

    assert.match(refused, /the state of client xpc_\w{26} cannot be read: revision: .*Run `pulumi refresh`/);
    await bench.stack.succeed(...UNCHANGED);
  });

  it("is destroyed, what is only read apart", async () => {
    await bench.stack.succeed(...DESTROY);

    const { name } = await bench.onlyClient();
    assert.equal(name, "Read");
  });
});
