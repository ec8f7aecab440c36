import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { compare } from "../../../review/src/compare/compare";
import { previewManifest } from "../../../review/src/sources/preview";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";
import { LATER, previewOf, type StepWritten } from "../../support/review/preview-steps";
import { runReview } from "../../support/review/review-repository";

/** Verifies a preview of these steps against its own digest. */
function verifySame(...steps: readonly StepWritten[]) {
  const [folder, text] = [temporaryFolder(), previewOf(...steps)];
  writeFileSync(path.join(folder, "preview.json"), text);
  const [base, head] = (["base", "head"] as const).map((side) => previewManifest(text, "preview.json", side));
  const { digest } = compare(base ? [base] : [], head ? [head] : []);
  return runReview(folder, ["verify", "--approved", digest, "preview:preview.json"]);
}

describe("verifying a preview", function () {
  this.timeout(60_000);
  after(() => removeTemporaryFolders());

  it("accepts one that does what was approved", async () => {
    const { code, stdout } = await verifySame({
      op: "create",
      after: { type: "ApiClient", name: "crm", inputs: { name: "CRM" } },
    });

    assert.equal(code, 0);
    assert.match(stdout, /^This preview does what was approved\. Adds clients without permissions: 1 client\n/);
  });

  it("refuses one with the approved digest and unknown parts, and names them", async () => {
    const unnamed = { type: "ApiClient", inputs: { name: LATER } } as const;
    const { code, stdout } = await verifySame(
      { op: "create", after: { ...unnamed, name: "crm" } },
      { op: "create", after: { ...unnamed, name: "etl" } },
    );

    assert.equal(code, 2);
    assert.match(
      stdout,
      /^This preview has the approved digest but cannot be verified, because part of it is unknown \("urn:.*::crm": it is known only when the update runs, and 1 more\)\. Cannot tell what changes: /,
    );
  });
});
