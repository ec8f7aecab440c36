import assert from "node:assert/strict";
import { compare } from "../../../review/src/compare/compare";
import { deploymentManifest } from "../../../review/src/sources/deployment";
import { deploymentOf } from "../../support/environments/deployment";

const WHERE = { pulumiProject: "programs", stack: "dev" };

describe("the state of a stack", () => {
  const read = (permissions: readonly string[]) =>
    deploymentManifest(deploymentOf({ name: "CRM sync", secret: "xpcs_1", permissions }), WHERE);

  it("has the clients and their permissions, and no secret", () => {
    const manifest = read(["list:tag"]);

    assert.deepEqual(
      manifest.clients.map(({ name, secretVersion }) => ({ name, secretVersion })),
      [{ name: "CRM sync", secretVersion: 1 }],
    );
    assert.deepEqual(manifest.grants[0]?.client, manifest.clients[0]?.urn);
    assert.ok(!JSON.stringify(manifest).includes("xpcs_1"));
  });

  it("compares with another one of the same stack", () => {
    const { verdict, counts } = compare([read(["list:tag"])], [read(["list:tag", "export:segment"])]);

    assert.deepEqual([verdict, counts.gained, counts.lost], ["broadened", 1, 0]);
  });

  it("is nothing before the first update", () => {
    assert.deepEqual(deploymentManifest({ manifest: {} }, WHERE).clients, []);
  });

  it("is refused when it is something else", () => {
    assert.throws(() => deploymentManifest({ resources: [{ urn: 1 }] }, WHERE), {
      message: "the state of the stack dev is not a deployment of Pulumi",
    });
  });
});
