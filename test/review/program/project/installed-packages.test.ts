import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { installedPackages } from "../../../../review/src/program/project/installed-packages";
import { PULUMI_SDK_MIN } from "../../../../review/src/version";
import { removeTemporaryFolders, temporaryFolder } from "../../../support/process/temporary-folder";
import { yamlOf } from "../../../support/review/workflow-steps";

/** A folder with a version of @pulumi/pulumi. */
function folderWith(version: string): string {
  const folder = temporaryFolder();
  const sdk = path.join(folder, "node_modules/@pulumi/pulumi");
  mkdirSync(path.join(sdk, "cmd/run"), { recursive: true });
  writeFileSync(path.join(sdk, "package.json"), JSON.stringify({ name: "@pulumi/pulumi", version }));
  writeFileSync(path.join(sdk, "cmd/run/index.js"), "");
  return folder;
}

describe("the @pulumi/pulumi of a program", () => {
  after(removeTemporaryFolders);

  it("is refused when it is too old, so that the program is not blamed", () => {
    assert.throws(() => installedPackages(folderWith("3.249.1")), {
      name: "ReviewFailure",
      message: `the program has @pulumi/pulumi 3.249.1, and the review needs ${PULUMI_SDK_MIN} or newer: run \`npm install @pulumi/pulumi@^${PULUMI_SDK_MIN}\``,
    });
  });

  it("may be the first version of the peer range, and later ones", () => {
    const { peerDependencies } = Object(yamlOf("review/package.json"));

    assert.equal(peerDependencies["@pulumi/pulumi"], `^${PULUMI_SDK_MIN}`);
    for (const version of [PULUMI_SDK_MIN, "3.300.0", "4.0.0"])
      assert.ok(installedPackages(folderWith(version)).runner);
  });
});
