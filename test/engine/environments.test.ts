import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseEnv } from "node:util";
import { AccessClient } from "xtremepush-access";
import { startFaultProxy } from "../support/backend/fault-proxy";
import { programOf, sharedBackend } from "../support/engine/engine";
import { type EnvironmentsBench, openEnvironmentsBench } from "../support/environments/environments-bench";

const FILE = `version: 1
environments:
  dev:
  staging:
  production: { protected: true }
  pr-*: { like: dev, ttl: 72h, project: "envs-{name}", max: 1 }
  killed-*: { like: dev, project: "envs-{name}" }
  moved-*: { like: dev, project: "envs-{name}" }
  twice-*: { like: dev, project: "envs-{name}" }
deliver:
  - client: CRM sync
    dotenv: { file: ".env.{name}", variables: { CRM_ID: clientId, CRM_SECRET: clientSecret } }
`;

const program = (extra: string) =>
  programOf(`
    const held = ["list:tag"];
    if (${extra}) held.push("export:segment");
    const crm = new ApiClient("crm", { name: "CRM sync" });
    new ScopeGrant("crm", { client: crm, permissions: held });
    exports.secret = crm.clientSecret;`);

describe("three environments from one file on one backend", function () {
  this.timeout(300_000);

  let bench: EnvironmentsBench;
  let admin: AccessClient;
  let endpoint: string;
  before(async () => {
    const backend = await sharedBackend("first");
    endpoint = backend.endpoint;
    admin = new AccessClient({ endpoint, token: backend.adminToken });
    bench = await openEnvironmentsBench({ XTREMEPUSH_ENDPOINT: endpoint, XTREMEPUSH_TOKEN: backend.adminToken });
    bench.write("access-env.yaml", FILE);
    bench.write("index.js", program("false"));
    for (const name of ["dev", "staging", "production"]) {
      bench.write(`Pulumi.${name}.yaml`, `config:\n  xtremepush:project: envs-${name}\n`);
    }
  });
  after(() => bench.close());

  /** The delivered secret. */
  const secretOf = (name: string) => parseEnv(bench.read(`.env.${name}`))["CRM_SECRET"] ?? "";

  /** The files below the program that hold a text, the state among them. */
  function filesWith(text: string): string[] {
    const entries = readdirSync(bench.folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
    const holding = files.filter((file) => readFileSync(file, "utf8").includes(text));
    return holding.map((file) => path.relative(bench.folder, file));
  }

  /** Writes down which commands of Pulumi a run starts. */
  function startsOfPulumi() {
    const [folder, log] = ["shim", "starts.txt"].map((name) => path.join(bench.folder, name)) as [string, string];
    mkdirSync(folder, { recursive: true });
    const script = `#!/bin/sh\necho "$1 $2" >> "${log}"\nPATH="\${PATH#*:}" exec pulumi "$@"\n`;
    writeFileSync(path.join(folder, "pulumi"), script, { mode: 0o755 });
    return {
      environment: { PATH: `${folder}:${bench.path}` },
      commands: () => readFileSync(log, "utf8").trim().split("\n"),
    };
  }

  /** The scopes of a token that the delivered credential gets. */
  async function scopesOf(name: string): Promise<string | undefined> {
    const { CRM_ID: clientId = "", CRM_SECRET: clientSecret = "" } = parseEnv(bench.read(`.env.${name}`));
    const { scope } = await new AccessClient({ endpoint }).oauth.token({ clientId, clientSecret });
    return scope;
  }

  const clientsIn = async (project: string) => (await admin.clients.list(project)).items.map(({ name }) => name);

  it("are set up by one command each, with a credential that gets a token", async () => {
    for (const name of ["dev", "staging", "production"]) {
      const { code, stdout, stderr } = await bench.run("up", name);

      assert.equal(code, 0, stderr);
      assert.match(stdout, /^Broadens access: 1 client, \+1 permission\n/);
      assert.match(stdout, /\n {2}delivered {2}client "CRM sync" -> dotenv \.env\.\w+$/);
      assert.match(
        stderr,
        new RegExp(`^made the project envs-${name}\nmade the stack ${name}\nrunning the program of ${name}\n`),
      );
      assert.ok(!`${stdout}${stderr}`.includes("xpcs_"), "the secret is in the output");
      assert.deepEqual(filesWith(secretOf(name)), [`.env.${name}`]);
      assert.equal(await scopesOf(name), "list:tag");
    }
  });

  it("change nothing when they are set up again, and say so", async () => {
    const starts = startsOfPulumi();

    const { code, stdout, stderr } = await bench.start(["up", "dev"], starts.environment).finished;

    assert.equal(code, 0, stderr);
    assert.equal(stdout, "Nothing changed: dev is as declared, and every credential is where it belongs.");
    // Each start of the CLI takes a tenth of the time.
    assert.deepEqual(starts.commands(), ["stack export", "up --yes"]);
  });

  it("preview a permission that one of them gains", async () => {
    bench.write("index.js", program('pulumi.getStack() === "staging"'));

    const { code, stdout, stderr } = await bench.run("preview", "staging");

    assert.equal(code, 0, stderr);
    assert.match(stdout, /^Broadens access: 1 client, \+1 permission, 1 critical\n/);
    assert.match(stdout, / \+ \S.* {2}export:segment {2}critical: /);
  });

  it("report the permission when it is there, and leave the credential", async () => {
    const { stdout, stderr } = await bench.run("up", "staging");

    assert.match(stderr, /updated ScopeGrant crm/);
    assert.match(stdout, /export:segment[\s\S]*unchanged {2}client "CRM sync" -> dotenv \.env\.staging/);
    assert.equal(await scopesOf("staging"), "list:tag export:segment");
  });

  it("say which credential is stale, and deliver it again", async () => {
    bench.write(".env.dev", "OTHER=1\nCRM_ID=x\nCRM_SECRET=y\n");

    const { stdout } = await bench.run("status", "dev");
    const { changed, changes } = await bench.json("up", "dev");

    assert.match(stdout, /stale {2}client "CRM sync" -> dotenv \.env\.dev/);
    assert.deepEqual([changed, changes], [true, {}]);
    assert.match(bench.read(".env.dev"), /^OTHER=1\nCRM_ID=xpc_/);
    assert.equal(await scopesOf("dev"), "list:tag");
  });

  it("deliver again, and not while another run is changing the environment", async () => {
    bench.write(".env.dev", "OTHER=1\n");
    const address = { project: "envs-dev", program: "programs", name: "dev" };
    const run = "run-elsewhere";
    await admin.environments.lock(address, { run, command: "up", host: "elsewhere", processId: 4711 });

    const refused = await bench.run("deliver", "dev", "--wait", "0s");
    await admin.environments.unlock(address, { run, finished: true });
    const delivered = await bench.run("deliver", "dev");

    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /^"dev" is being changed by admin on elsewhere \(process 4711\)/);
    assert.equal(delivered.code, 0, delivered.stderr);
    assert.match(delivered.stdout, /delivered {2}client "CRM sync" -> dotenv \.env\.dev/);
    assert.equal((await admin.environments.get(address)).lock, null);
    assert.equal(await scopesOf("dev"), "list:tag");
  });

  it("refuse to take a protected one down", async () => {
    const { code, stderr } = await bench.run("down", "production");

    assert.deepEqual([code, stderr], [2, '"production" is protected in access-env.yaml, so it is not taken down']);
  });

  it("come and go by a pattern, at most as many as it allows", async () => {
    const made = await bench.json("up", "pr-1");
    const second = await bench.run("up", "pr-2");

    assert.deepEqual(made["made"], {
      project: "envs-pr-1",
      stack: true,
      configuration: path.join(bench.folder, "Pulumi.pr-1.yaml"),
    });
    assert.equal(await scopesOf("pr-1"), "list:tag");
    assert.deepEqual(
      [second.code, second.stderr],
      [1, 'pr-* already has 1 environment, and may have 1; take one down before you set up "pr-2"'],
    );

    rmSync(path.join(bench.folder, "Pulumi.pr-1.yaml"));
    assert.equal((await bench.json("up", "pr-1"))["changed"], false, "a fresh checkout has no configuration");

    const gone = await bench.run("down", "pr-1");

    assert.equal(gone.code, 0, gone.stderr);
    assert.deepEqual(await clientsIn("envs-pr-1"), []);
    assert.equal(existsSync(path.join(bench.folder, ".env.pr-1")), false);
    assert.equal(existsSync(path.join(bench.folder, "Pulumi.pr-1.yaml")), false);
    assert.equal((await bench.run("down", "pr-1")).stdout, "pr-1 does not exist: nothing is left of it.");
  });

  /** Kills a run of `up` right after the backend has made the client, which the state does not know. */
  async function killUp(name: string): Promise<void> {
    const proxy = await startFaultProxy(endpoint);
    const run = bench.start(["up", name], { XTREMEPUSH_ENDPOINT: proxy.endpoint });
    let killed = false;
    proxy.meet(
      ({ call }) => (call === "POST clients" && !killed ? "kill-after" : null),
      async () => {
        killed = true;
        await run.kill();
      },
    );
    const { code, stderr } = await run.finished;
    await proxy.close();
    assert.deepEqual([killed, code], [true, null], stderr);
    assert.deepEqual(await clientsIn(`envs-${name}`), ["CRM sync"]);
  }

  it("are whole after a run that was killed", async () => {
    await killUp("killed-1");

    const { code, stderr } = await bench.run("up", "killed-1");

    assert.equal(code, 0, stderr);
    assert.match(stderr, /is dead: its lock is removed/);
    assert.deepEqual(await clientsIn("envs-killed-1"), ["CRM sync"]);
    assert.equal(await scopesOf("killed-1"), "list:tag");
  });

  it("are gone after a run that was killed, with the client that the state did not know", async () => {
    await killUp("killed-2");

    const { code, stderr } = await bench.run("down", "killed-2");

    assert.equal(code, 0, stderr);
    assert.deepEqual(await clientsIn("envs-killed-2"), []);
    assert.equal(existsSync(path.join(bench.folder, ".access-env/state/.pulumi/stacks/programs/killed-2.json")), false);
  });

  it("are gone after a run that was killed, also when the program fails by now", async () => {
    await killUp("killed-3");
    const text = bench.read("index.js");
    bench.write("index.js", 'throw new Error("broken");\n');

    const { code, stderr } = await bench.run("down", "killed-3");

    bench.write("index.js", text);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /deleted the client "CRM sync" \(xpc_\w+\), which the run that died had made/);
    assert.deepEqual(await clientsIn("envs-killed-3"), []);
  });

  it("are gone from another machine, which says what an earlier file has left where", async () => {
    bench.write(
      "access-env.yaml",
      `${FILE}  - client: CRM sync\n    dotenv: { file: "old.{name}", variables: { OLD_SECRET: clientSecret } }\n`,
    );
    await bench.json("up", "moved-1");
    bench.write("access-env.yaml", FILE);
    rmSync(path.join(bench.folder, ".access-env/deliveries"), { recursive: true });

    const { code, stdout, stderr } = await bench.run("down", "moved-1");

    rmSync(path.join(bench.folder, "old.moved-1"));
    assert.equal(code, 0, stderr);
    assert.match(
      stdout,
      /\n\nLeft behind, because access-env\.yaml no longer says how to remove it; do it by hand:\n {2}client "CRM sync" -> dotenv old\.moved-1 \(OLD_SECRET\)$/,
    );
    // A run that is killed after it would have nobody to ask.
    assert.ok(stderr.indexOf("left behind: client") < stderr.indexOf("deleted ApiClient"), stderr);
    assert.deepEqual((await admin.deliveries.ofProject("envs-moved-1")).items, []);
  });

  it("are forgotten after a run that was killed when all was destroyed but a client that the program keeps", async () => {
    const text = bench.read("index.js");
    bench.write("index.js", text.replace('{ name: "CRM sync" }', '{ name: "CRM sync" }, { retainOnDelete: true }'));
    await bench.json("up", "moved-2");
    const proxy = await startFaultProxy(endpoint);
    const run = bench.start(["down", "moved-2"], { XTREMEPUSH_ENDPOINT: proxy.endpoint });
    let listings = 0;
    proxy.meet(
      ({ call }) => (call === "GET deliveries" && ++listings === 2 ? "kill-before" : null),
      () => run.kill(),
    );
    const killed = await run.finished;
    await proxy.close();
    assert.deepEqual([listings, killed.code], [2, null], killed.stderr);
    assert.equal((await admin.deliveries.ofProject("envs-moved-2")).items.length, 1);

    const { code, stderr } = await bench.run("down", "moved-2");

    bench.write("index.js", text);
    assert.equal(code, 0, stderr);
    assert.deepEqual(await clientsIn("envs-moved-2"), ["CRM sync"]);
    assert.deepEqual((await admin.deliveries.ofProject("envs-moved-2")).items, []);
  });

  it("refuse a project that the stack does not belong to, and make none", async () => {
    bench.write("Pulumi.staging.yaml", "config:\n  xtremepush:project: envs-other\n");

    const { code, stderr } = await bench.run("up", "staging");

    bench.write("Pulumi.staging.yaml", "config:\n  xtremepush:project: envs-staging\n");
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^the stack "staging" has clients in the project "envs-staging", and its configuration names "envs-other"/,
    );
    await assert.rejects(admin.projects.get("envs-other"), { code: "project_not_found" });
  });

  it("are whole after two runs at once, of which one has waited", async () => {
    const both = await Promise.all([bench.run("up", "twice-1"), bench.run("up", "twice-1")]);

    for (const { code, stderr } of both) assert.equal(code, 0, stderr);
    assert.deepEqual(await clientsIn("envs-twice-1"), ["CRM sync"]);
    assert.equal(await scopesOf("twice-1"), "list:tag");
  });

  it("are all in the list", async () => {
    const { stdout } = await bench.run("list");

    assert.match(
      stdout,
      /^dev {9}exists, 4 resources, last update \S+\n[\s\S]*\npr-\*: 0 of at most 1\nkilled-\*: 1\nmoved-\*: 0\ntwice-\*: 1$/,
    );
  });
});
