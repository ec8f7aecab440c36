import assert from "node:assert/strict";
import { diff } from "../../../environments/src/run/diff";
import { removeTemporaryFolders } from "../../support/process/temporary-folder";
import { plainProgram, reviewedProgram } from "../../support/review/reviewed-program";

describe("the comparison of two environments", function () {
  this.timeout(60_000);

  after(removeTemporaryFolders);

  it("is of what they declare, not of a run from one to the other", async () => {
    const configuration = "config:\n  xtremepush:endpoint: https://access.example.com\n  xtremepush:project: acme\n";
    const { folder } = reviewedProgram({
      "access-env.yaml": "version: 1\nenvironments:\n  staging:\n  production: { protected: true }\n",
      "Pulumi.staging.yaml": configuration,
      "Pulumi.production.yaml": configuration,
      "index.js": plainProgram(
        "const stack = pulumi.getStack();",
        'const crm = new ApiClient("crm", { name: "CRM" }, { protect: true, replacementTrigger: stack });',
        'if (stack === "staging") {',
        '  new ScopeGrant("crm", { client: crm, permissions: [permissions.list.tag] }, { retainOnDelete: true });',
        '  new ApiClient("cdp", { name: "CDP" }, { protect: true });',
        "}",
      ),
    });

    const { access, broader } = await diff(folder, "staging", "production");

    assert.deepEqual(
      access.environments.flatMap(({ clients }) => clients).map(({ nameBefore, effects }) => [nameBefore, effects]),
      [
        ["CDP", ["deleted"]],
        ["CRM", ["narrowed"]],
      ],
    );
    assert.equal(broader, false);
  });
});
