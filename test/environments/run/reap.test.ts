import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { AccessClient } from "xtremepush-access";
import { reap } from "../../../environments/src/run/reap";
import { startTestBackend, type TestBackend } from "../../support/backend/backend";
import { deploymentOf } from "../../support/environments/deployment";
import { temporaryFolder } from "../../support/process/temporary-folder";

const ADDRESS = { project: "acme", program: "programs", name: "pr-1" };

describe("two runs that reap the same environment", function () {
  this.timeout(30_000);

  let now = Date.parse("2030-05-01T12:00:00.000Z");
  let backend: TestBackend;
  let access: AccessClient;
  let folder: string;
  const environment = { ...process.env };

  before(async () => {
    backend = await startTestBackend({ clock: () => new Date(now) });
    access = new AccessClient({ endpoint: backend.endpoint, token: backend.adminToken });
    await access.projects.create({ slug: "acme" });
    folder = temporaryFolder();
    const inFolder = (name: string, text: string, mode = 0o600) => writeFile(path.join(folder, name), text, { mode });
    await inFolder("Pulumi.yaml", "name: programs\nruntime: nodejs\n");
    await inFolder("access-env.yaml", "version: 1\nenvironments:\n  dev:\n  pr-*: { like: dev, ttl: 1h }\n");
    await inFolder(
      "Pulumi.dev.yaml",
      `config: { xtremepush:endpoint: "${backend.endpoint}", xtremepush:project: acme }\n`,
    );
    await inFolder("pulumi", standIn(backend), 0o700);
    Object.assign(process.env, { PATH: folder, XTREMEPUSH_TOKEN: backend.adminToken, PULUMI_CONFIG_PASSPHRASE: "x" });
  });
  after(async () => {
    process.env = environment;
    await backend.close();
  });

  it("leave nothing of it, when one has removed it between the look and the lock of the other", async () => {
    await access.environments.put(ADDRESS, { ttl: "1h", pattern: "pr-*", max: null });
    now += 2 * 3_600_000;

    const { removed, kept, failed } = await reap(folder, {
      ...{ yes: true, branches: null, max: 20, terminal: { write: () => undefined } },
    });

    assert.deepEqual([removed.map(({ environment }) => environment), kept, failed], [["pr-1"], [], []]);
    assert.deepEqual((await access.environments.ofProject("acme")).items, []);
  });
});

/** A Pulumi whose stack is removed by the other run as soon as it was read, with the record. */
function standIn({ endpoint, adminToken }: TestBackend): string {
  const deployment = deploymentOf({ name: "CRM sync", secret: "xpcs_1" });
  const record = `${endpoint}/v1/projects/acme/environments/programs/pr-1`;
  return `#!${process.execPath}
const { existsSync, writeFileSync } = require("node:fs");
const gone = __filename + ".gone";
if (process.argv[3] === "export" && !existsSync(gone)) {
  writeFileSync(gone, "");
  process.stdout.write(${JSON.stringify(JSON.stringify({ deployment }))});
  fetch("${record}", { method: "DELETE", headers: { authorization: "Bearer ${adminToken}" } });
} else {
  process.stderr.write("error: no stack named 'pr-1' found\\n");
  process.exitCode = 255;
}
`;
}
