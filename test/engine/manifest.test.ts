import assert from "node:assert/strict";
import { readProgram } from "xtremepush-access-review";
import { type EngineBench, openEngineBench, programOf } from "../support/engine/engine";

describe("the manifest of a program", function () {
  this.timeout(120_000);
  let bench: EngineBench;

  before(async () => {
    bench = await openEngineBench("manifest");
  });
  after(() => bench.close());

  it("declares what a preview of the engine would make", async () => {
    await bench.stack.write(
      "index.js",
      programOf(`
        const team = new pulumi.ComponentResource("acme:index:Team", "team", {}, { aliases: [{ name: "crew" }] });
        new Integration("crm", { name: " CRM sync ", permissions: select({ scope: "export" }), secretVersion: 0 }, { parent: team });
        const etl = new ApiClient("etl", { name: "ETL", description: "Nightly" }, { parent: team });
        new ScopeGrant("etl", { client: etl, permissions: [pulumi.output(permissions.info.task), permissions.list.list] });`),
    );
    const { output, code } = await bench.stack.run("preview", "--json");
    assert.equal(code, 0, output);
    const { steps } = JSON.parse(output.slice(output.indexOf("{"), output.lastIndexOf("}") + 1));

    const manifest = await readProgram({ folder: bench.stack.folder, stack: "dev" });

    const inputsOf = (type: string) =>
      steps
        .filter(({ urn }: { urn: string }) => urn.includes(`dynamic/xtremepush:${type}::`))
        .map(({ urn, newState }: { urn: string; newState: { inputs: Record<string, unknown> } }) => ({
          ...newState.inputs,
          urn,
        }))
        .toSorted((a: { urn: string }, b: { urn: string }) => (a.urn < b.urn ? -1 : 1));
    assert.deepEqual(
      manifest.clients.map(({ urn, owner, name, description, secretVersion }) => [
        urn,
        owner,
        name,
        description,
        secretVersion,
      ]),
      inputsOf("ApiClient").map((inputs: Record<string, unknown>) => [
        inputs["urn"],
        inputs["managedBy"],
        inputs["name"],
        inputs["description"] ?? null,
        inputs["secretVersion"],
      ]),
    );
    assert.deepEqual(
      manifest.grants.map(({ urn, owner, permissions }) => [urn, owner, [...permissions].toSorted()]),
      inputsOf("ScopeGrant").map((inputs: { urn: string; managedBy: string; permissions: object }) => [
        inputs.urn,
        inputs.managedBy,
        Object.keys(inputs.permissions).toSorted(),
      ]),
    );
  });
});
