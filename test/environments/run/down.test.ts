import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { AccessClient } from "xtremepush-access";
import { Progress } from "../../../environments/src/pulumi/progress";
import { PulumiCli, PulumiError } from "../../../environments/src/pulumi/pulumi-cli";
import { takeDown } from "../../../environments/src/run/down";
import { prepareToRemove } from "../../../environments/src/run/prepare";
import { startTestBackend, type TestBackend } from "../../support/backend/backend";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";

const OWNER = "acme/urn:pulumi:dev::programs::pulumi-nodejs:dynamic/xtremepush:ApiClient::crm";

/** A state that has no stack. */
class EmptyState extends PulumiCli {
  override async run(): Promise<string> {
    throw new PulumiError("error: no stack named 'dev' found", "exit code 255");
  }
}

describe("`down` without a stack", function () {
  this.timeout(60_000);
  let backend: TestBackend;
  let access: AccessClient;
  let folder: string;
  before(async () => {
    backend = await startTestBackend();
    access = new AccessClient({ endpoint: backend.endpoint, token: backend.adminToken });
    await access.projects.create({ slug: "acme" });
  });
  beforeEach(() => {
    folder = temporaryFolder();
    writeFileSync(path.join(folder, "Pulumi.yaml"), "name: programs\nruntime: nodejs\n");
    writeFileSync(path.join(folder, ".env"), "CRM_ID=xpc_a\n");
    writeFileSync(
      path.join(folder, "access-env.yaml"),
      "version: 1\nenvironments: { dev: }\ndeliver: [{ client: CRM sync, dotenv: { file: .env, variables: { CRM_ID: clientId } } }]\n",
    );
  });
  after(async () => {
    removeTemporaryFolders();
    await backend.close();
  });

  async function down(project: string | null) {
    const prepared = await prepareToRemove(folder, "dev");
    const workspace = { ...prepared.workspace, cli: new EmptyState(folder, {}) };
    const address = project === null ? null : { endpoint: backend.endpoint, token: backend.adminToken, project };
    const progress = new Progress({ write: () => true });
    return takeDown({ ...prepared, workspace, address }, { command: "down", progress, waitMs: 0 });
  }
  const isDelivered = () => existsSync(path.join(folder, ".env"));

  it("leaves the credentials of an environment that lives in another state, also without a record of it", async () => {
    const { id, revision } = await access.clients.create("acme", { name: "CRM sync", managedBy: OWNER });

    await assert.rejects(down("acme"), { message: /this state has no such stack; use the state that made it/ });
    assert.equal(isDelivered(), true);
    await access.clients.delete("acme", id, { ifMatch: revision });
    assert.equal((await down("acme")).existed, false);
    assert.equal(isDelivered(), false);
  });

  it("is refused where nobody can be asked whether the environment lives", async () => {
    await assert.rejects(down(null), {
      message: /^this state has no stack "dev", and the backend is not known here, so another state may have it/,
    });
    assert.equal(isDelivered(), true);
  });

  it("takes the credentials away where the project is not there", async () => {
    await down("none");

    assert.equal(isDelivered(), false);
  });
});
