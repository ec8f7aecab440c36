import assert from "node:assert/strict";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { assertPassphrase, findStateBackend, makeStateFolder } from "../../../environments/src/pulumi/state-backend";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";

describe("the state of the environments", () => {
  after(removeTemporaryFolders);

  function ask(environment: NodeJS.ProcessEnv = {}, declared?: string) {
    const folder = temporaryFolder();
    return findStateBackend({ folder, declared, environment: { HOME: folder, ...environment } });
  }

  it("is a folder beside the program when nobody has chosen one, and git ignores it", async () => {
    const folder = temporaryFolder();

    const state = await findStateBackend({ folder, declared: undefined, environment: { HOME: folder } });
    await makeStateFolder(state);

    assert.deepEqual(state, {
      folder: `${folder}/.access-env/state`,
      variables: { PULUMI_BACKEND_URL: `file://${folder}/.access-env/state?metadata=skip` },
    });
    assert.equal(statSync(`${folder}/.access-env/state`).mode & 0o777, 0o700);
    assert.equal(readFileSync(`${folder}/.access-env/.gitignore`, "utf8"), "*\n");
  });

  it("is the one that the environment, Pulumi.yaml or `pulumi login` names", async () => {
    const home = temporaryFolder();
    mkdirSync(path.join(home, ".pulumi"));
    writeFileSync(path.join(home, ".pulumi/credentials.json"), '{ "current": "file://~", "accounts": {} }');

    const chosen = [
      await ask({ PULUMI_BACKEND_URL: "s3://states" }),
      await ask({ PULUMI_ACCESS_TOKEN: "pul-0" }),
      await ask({}, "gs://states"),
      await ask({ HOME: home }),
    ];

    assert.deepEqual(chosen, Array(4).fill({ folder: null, variables: {} }));
  });

  it("is the folder after `pulumi logout`", async () => {
    const home = temporaryFolder();
    writeFileSync(path.join(home, "credentials.json"), '{ "current": "", "accounts": {} }');

    const { folder } = await ask({ PULUMI_HOME: home });

    assert.notEqual(folder, null);
  });

  it("needs a passphrase in a folder, which may be empty", async () => {
    const state = await ask();

    assert.throws(() => assertPassphrase(state, {}), { message: /^PULUMI_CONFIG_PASSPHRASE is not set: it encrypts / });
    assert.doesNotThrow(() => assertPassphrase(state, { PULUMI_CONFIG_PASSPHRASE: "" }));
    assert.doesNotThrow(() => assertPassphrase({ folder: null, variables: {} }, {}));
  });
});
