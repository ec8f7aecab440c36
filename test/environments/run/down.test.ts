import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { AccessClient } from "xtremepush-access";
import { writeRecord } from "../../../environments/src/delivery/record";
import { Progress } from "../../../environments/src/pulumi/progress";
import { PulumiCli, PulumiError } from "../../../environments/src/pulumi/pulumi-cli";
import type { ProjectAddress } from "../../../environments/src/run/backend-project";
import { takeDown } from "../../../environments/src/run/down";
import { prepare, prepareToRemove } from "../../../environments/src/run/prepare";
import { preview } from "../../../environments/src/run/preview";
import { startTestBackend, type TestBackend } from "../../support/backend/backend";
import { fakeGitHub, GITHUB_TOKEN } from "../../support/environments/github-server";
import { serviceServers } from "../../support/environments/service-server";
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
  let lines: string[];
  const startService = serviceServers();
  before(async () => {
    backend = await startTestBackend();
    access = new AccessClient({ endpoint: backend.endpoint, token: backend.adminToken });
    for (const slug of ["acme", "retail"]) await access.projects.create({ slug });
  });
  beforeEach(() => {
    folder = temporaryFolder();
    lines = [];
    writeFileSync(path.join(folder, "Pulumi.yaml"), "name: programs\nruntime: nodejs\n");
    writeFileSync(path.join(folder, ".env"), "CRM_ID=xpc_a\n");
    writeFileSync(
      path.join(folder, "access-env.yaml"),
      "version: 1\nenvironments: { dev: }\ndeliver: [{ client: CRM sync, dotenv: { file: .env, variables: { CRM_ID: clientId } } }]\n",
    );
  });
  after(async () => {
    delete process.env["DOWN_TEST_TOKEN"];
    removeTemporaryFolders();
    await backend.close();
  });

  async function down(place: string | null | ProjectAddress, name = "dev") {
    const prepared = await prepareToRemove(folder, name);
    const workspace = { ...prepared.workspace, cli: new EmptyState(folder, {}) };
    const address =
      typeof place === "string" ? { endpoint: backend.endpoint, token: backend.adminToken, project: place } : place;
    const progress = new Progress({ write: (line) => lines.push(line) > 0 });
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

  it("is refused where the project is not there, which is also what a token reads that may not see it", async () => {
    const { token } = await access.actors.create({ name: "other team", role: "editor", projects: ["retail"] });
    const hidden = { endpoint: backend.endpoint, token, project: "acme" };

    for (const place of ["none", hidden]) {
      await assert.rejects(down(place), {
        message:
          /^the project "(none|acme)" does not exist, or this token may not see it, so nothing is changed; check/,
        exitCode: 1,
      });
      assert.equal(isDelivered(), true);
    }
  });

  it("says what may be left where the token does not see the place, and takes it away in a later run that does", async () => {
    const github = await fakeGitHub();
    let isSeen = false;
    const { url } = await startService((request) => (isSeen ? github.handle(request) : { status: 404, body: {} }));
    github.secrets.set("acme/shop", new Map([["CRM_ID", "xpc_a"]]));
    process.env["DOWN_TEST_TOKEN"] = GITHUB_TOKEN;
    writeFileSync(
      path.join(folder, "access-env.yaml"),
      `version: 1
environments: { dev: }
deliver: [{ client: CRM sync, github: { repository: acme/shop, url: "${url}", tokenVariable: DOWN_TEST_TOKEN, secrets: { CRM_ID: clientId } } }]
`,
    );

    const first = await down("acme");
    isSeen = true;
    const then = await down("acme");

    assert.deepEqual(first.unseen, [
      { credential: 'client "CRM sync"', destination: "github", place: "acme/shop", names: ["CRM_ID"] },
    ]);
    assert.match(
      lines.join(),
      /left behind: client "CRM sync" -> github acme\/shop \(CRM_ID\), which this token does not see; run `down dev` again/,
    );
    assert.deepEqual([then.unseen, github.secrets.get("acme/shop")?.size], [[], 0]);
  });

  it("leaves the names in place that another environment may have, and says so", async () => {
    const github = await fakeGitHub();
    const { url } = await startService((request) => github.handle(request));
    github.secrets.set("acme/shop", new Map([["CRM_PR_12", "of pr-12"]]));
    process.env["DOWN_TEST_TOKEN"] = GITHUB_TOKEN;
    writeFileSync(
      path.join(folder, "access-env.yaml"),
      `version: 1
environments: { "PR_*": }
deliver:
  - client: CRM sync
    github: { repository: acme/shop, url: "${url}", tokenVariable: DOWN_TEST_TOKEN, secrets: { "CRM_{name}": clientId } }
  - { client: CRM sync, dotenv: { file: ".env.{name}", variables: { CRM_ID: clientId } } }
`,
    );
    writeFileSync(path.join(folder, ".env.PR_12"), "CRM_ID=xpc_a\n");
    const { deliver } = (await prepareToRemove(folder, "PR_12")).environment;
    const once = { clientId: "xpc_a", secretVersion: 1, hash: "-", deliveredTime: "2026-11-28T10:00:00.000Z" };
    await writeRecord(
      folder,
      "PR_12",
      deliver.map((delivery) => ({ delivery, ...once })),
    );

    for (const command of [prepare, preview]) {
      await assert.rejects(command(folder, "PR_12"), {
        message: /another environment such as "pr-12" would be the same/,
      });
    }
    const { shared } = await down("acme", "PR_12");

    assert.equal(github.secrets.get("acme/shop")?.get("CRM_PR_12"), "of pr-12");
    assert.equal(existsSync(path.join(folder, ".env.PR_12")), false);
    assert.deepEqual(shared, [
      { credential: 'client "CRM sync"', destination: "github", place: "acme/shop", names: ["CRM_PR_12"] },
    ]);
    assert.match(lines.join(), /left in place: client "CRM sync" -> github acme\/shop \(CRM_PR_12\), .* by hand/);
  });
});
