import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { makeSecret } from "../../backend/src/credentials/secrets";
import { runCommand } from "../../scripts/pulumi-cli/run-command";
import { folderWithDatabase } from "../support/backend/empty-database";
import { makePostgresDatabase } from "../support/backend/postgres";
import { beginPost } from "../support/backend/raw-request";
import {
  containerCommand,
  environmentFile,
  imageEnvironment,
  podOf,
  unitSetting,
} from "../support/deploy/deploy-files";
import { installPackedBackend } from "../support/deploy/packed-backend";
import { isPortFree, Supervised, stillRunning } from "../support/deploy/supervised";
import { fencedBlock } from "../support/docs/fenced-block";
import { freePort } from "../support/process/free-port";
import { removeTemporaryFolders } from "../support/process/temporary-folder";
import { until } from "../support/process/until";

/** A container, whose first process is the command. */
const CONTAINER = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child", "--mount-proc"];
const GRACE_MS = Number(unitSetting("TimeoutStopSec")[0]) * 1_000;
const KEY = "A".repeat(43);

type Environment = Readonly<Record<string, string>>;

describe("SIGTERM to each documented way to start a backend, with the packed packages in an empty folder", function () {
  this.timeout(240_000);
  const adminToken = makeSecret("xpat");
  const seen: number[] = [];
  let folder: string;
  let port: number;
  let environment: Environment;

  before(async () => {
    folder = await installPackedBackend();
  });
  beforeEach(async () => {
    port = await freePort();
    environment = { XTREMEPUSH_ACCESS_PORT: String(port), XTREMEPUSH_ACCESS_ADMIN_TOKEN: adminToken };
  });
  afterEach(async () => {
    for (const pid of await stillRunning(seen.splice(0))) process.kill(pid, "SIGKILL");
  });
  after(removeTemporaryFolders);

  /** Stops what a supervisor runs while a request is on its way. */
  async function assertStops(supervised: Supervised, signalled = supervised.pid): Promise<void> {
    const pids = await supervised.processes();
    seen.push(...pids);
    const request = await beginPost(`http://127.0.0.1:${port}/v1/projects`, adminToken, { slug: "retail" });

    process.kill(signalled, "SIGTERM");
    const end = Date.now() + GRACE_MS;
    await supervised.printed(/stopping/);
    const answer = await request.finish();

    assert.match(answer, /HTTP\/1\.1 201/);
    await until(async () => (await stillRunning(pids)).length === 0, end - Date.now());
    assert.ok(await isPortFree(port));
  }

  for (const start of [
    "node node_modules/xtremepush-access-backend/dist/main.js start",
    "npx --no-install xtremepush-access-backend start --exit-with-parent",
    "npx --no-install -c 'exec xtremepush-access-backend start'",
  ]) {
    it(`ends ${start}`, async () => {
      const line = fencedBlock("docs/backend.md", "sh", start).trim();
      const dataDir = path.join(await folderWithDatabase(), ".xtremepush-access");
      const env = { ...environment, XTREMEPUSH_ACCESS_DATA_DIR: dataDir };

      const supervised = new Supervised(["sh", "-c", `exec ${line}`], folder, env);
      await supervised.printed(/"listening"/);

      await assertStops(supervised);
    });
  }

  it("ends the line of the systemd unit, with its environment", async () => {
    const { url } = await makePostgresDatabase();
    const [line = ""] = unitSetting("ExecStart");
    const command = placed(line).replace("/usr/bin/node", process.execPath).split(" ");
    const env = {
      ...environmentFile(),
      ...{ ...environment, DATABASE_URL: url, XTREMEPUSH_ACCESS_KEY: KEY },
      XTREMEPUSH_ACCESS_ISSUER: "https://access.example.com",
    };

    const supervised = new Supervised(command, folder, env);
    await supervised.printed(/"listening"/);

    await assertStops(supervised);
  });

  it("ends the container of the Deployment, after the Job, and its probes find what they ask for", async function () {
    const [unshare = "", ...args] = CONTAINER;
    if (spawnSync(unshare, [...args, "true"]).status !== 0) this.skip();
    const { url } = await makePostgresDatabase();
    const secrets = { DATABASE_URL: url, XTREMEPUSH_ACCESS_ADMIN_TOKEN: adminToken, XTREMEPUSH_ACCESS_KEY: KEY };
    const [job, deployment] = [podOf("Job").container, podOf("Deployment").container];
    const [program = "", ...migrate] = containerCommand(job.args).map(placed);

    const migrated = await runCommand(program, migrate, { env: { ...imageEnvironment(), ...variables(job, secrets) } });
    const supervised = new Supervised([...CONTAINER, ...containerCommand(deployment.args).map(placed)], folder, {
      ...{ ...imageEnvironment(), ...variables(deployment, secrets), ...environment },
    });
    await supervised.printed(/"listening"/);

    assert.equal(migrated.stdout, "The tables are up to date.", migrated.stderr);
    for (const probe of [deployment.startupProbe, deployment.livenessProbe, deployment.readinessProbe]) {
      const { status } = await fetch(`http://127.0.0.1:${port}${probe?.httpGet.path}`);
      assert.equal(status, 200);
    }
    const children = readFileSync(`/proc/${supervised.pid}/task/${supervised.pid}/children`, "utf8");
    await assertStops(supervised, Number(children));
    assert.equal(await supervised.ended(), 0);
  });

  /** Puts the packages where this test has them. */
  function placed(text: string): string {
    return text.replace(/\/(?:opt\/xtremepush-access|app)\//, `${folder}/`);
  }
});

/** The variables of a container, with what its secrets hold. */
function variables({ env }: ReturnType<typeof podOf>["container"], secrets: Environment): Environment {
  return Object.fromEntries(env.map(({ name, value }) => [name, value ?? secrets[name] ?? ""]));
}
