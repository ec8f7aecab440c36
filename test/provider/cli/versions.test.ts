import assert from "node:assert/strict";
import root from "../../../package.json";
import provider from "../../../provider/package.json";
import { VERSIONS } from "../../../provider/src/cli/versions";
import sdk from "../../../sdk/package.json";

describe("the versions of an exported program", () => {
  it("are those of these packages", () => {
    assert.equal(VERSIONS.provider, provider.version);
    assert.equal(VERSIONS.sdk, sdk.version);
    assert.equal(VERSIONS.pulumi, provider.peerDependencies["@pulumi/pulumi"]);
  });

  it("are those with which the project's own programs run", () => {
    const { typescript, "ts-node": tsNode, "@types/node": nodeTypes } = root.devDependencies;

    assert.equal(VERSIONS.typescript, `~${typescript}`);
    assert.equal(VERSIONS.tsNode, `~${tsNode}`);
    assert.equal(VERSIONS.nodeTypes.split(".")[0], `^${nodeTypes.split(".")[0]}`);
  });
});
