import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { prepare, prepareToRemove } from "../../../environments/src/run/prepare";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";

describe("what a command needs before it starts", () => {
  after(removeTemporaryFolders);

  it("is the folder of a file to deliver to, and not of one to take from: in a fresh checkout it is missing", async () => {
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, "Pulumi.yaml"), "name: programs\nruntime: nodejs\n");
    writeFileSync(
      path.join(folder, "access-env.yaml"),
      `version: 1
environments: { dev: }
deliver: [{ client: CRM sync, dotenv: { file: "out/{name}.env", variables: { CRM_ID: clientId } } }]
`,
    );

    assert.equal((await prepareToRemove(folder, "dev")).environment.name, "dev");
    await assert.rejects(prepare(folder, "dev"), { message: /is not a writable folder \(ENOENT\)/, exitCode: 2 });
    mkdirSync(path.join(folder, "out"));
    await prepare(folder, "dev");
  });
});
