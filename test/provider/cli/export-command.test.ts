import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { BACKEND } from "../../support/backend/management-answers";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";
import { until } from "../../support/process/until";
import { makeByHand } from "../../support/provider/hand-made-clients";
import { type ProviderBackend, startProviderBackend } from "../../support/provider/handlers";
import { fillProject } from "../../support/provider/many-clients";
import { runProviderCommand, startProviderCommand } from "../../support/provider/provider-command-line";
import { scriptedServers } from "../../support/sdk/scripted-server";

const TOKEN = `xpat_${"a".repeat(49)}`;
// Nothing listens there: a command that asks a backend says so.
const NOWHERE = { XTREMEPUSH_ENDPOINT: "http://127.0.0.1:1", XTREMEPUSH_TOKEN: TOKEN };

describe("pulumi-xtremepush export", function () {
  this.timeout(60_000);

  let backend: ProviderBackend;
  before(async () => {
    backend = await startProviderBackend();
    await makeByHand(backend.admin, "acme", [
      { name: "CRM sync", permissions: ["list:profile"] },
      { name: "Idle", secretVersion: 0 },
    ]);
    await backend.admin.clients.create("acme", { name: "Billing", managedBy: "team/urn:x" });
  });
  after(() => backend.close());
  afterEach(removeTemporaryFolders);

  it("writes the files of a Pulumi project and says what it did on standard error", async () => {
    const out = path.join(temporaryFolder(), "access");

    const { code, stdout, stderr } = await runProviderCommand(["export", "--out", `${out}/`], backend.environment);

    assert.equal(code, 0, stderr);
    assert.equal(stdout, "");
    assert.equal(
      stderr,
      [
        'Left out: "Billing", because team/urn:x manages it.',
        `Wrote 2 clients and 2 grants into ${out}/; nothing was changed on the backend.`,
        `Next: the commands in ${out}/README.md.`,
      ].join("\n"),
    );
    assert.deepEqual(readdirSync(out).sort(), [
      "Pulumi.yaml",
      "README.md",
      "import.json",
      "index.ts",
      "package.json",
      "tsconfig.json",
    ]);
  });

  it("writes the same files a second time", async () => {
    const [first, second] = [path.join(temporaryFolder(), "access"), path.join(temporaryFolder(), "access")];

    for (const out of [first, second]) await runProviderCommand(["export", "--out", out], backend.environment);

    for (const file of readdirSync(first)) {
      assert.equal(readFileSync(path.join(second, file), "utf8"), readFileSync(path.join(first, file), "utf8"));
    }
  });

  it("holds no token and no secret", async () => {
    const out = path.join(temporaryFolder(), "access");

    const { stderr } = await runProviderCommand(["export", "--out", out], backend.environment);

    const texts = readdirSync(out).map((file) => readFileSync(path.join(out, file), "utf8"));
    assert.equal(texts.length, 6);
    assert.doesNotMatch([stderr, ...texts].join("\n"), /xpat_|xpcs_/);
  });

  it("changes nothing on the backend", async () => {
    const before = (await backend.admin.audit.ofProject("acme")).items;

    await runProviderCommand(["export", "--out", path.join(temporaryFolder(), "access")], backend.environment);

    assert.deepEqual((await backend.admin.audit.ofProject("acme")).items, before);
  });

  it("takes project and address as options before the environment", async () => {
    const out = path.join(temporaryFolder(), "access");
    const { XTREMEPUSH_ENDPOINT: endpoint = "", XTREMEPUSH_TOKEN: token = "" } = backend.environment;

    const { code, stderr } = await runProviderCommand(
      ["export", "--project", "acme", "--endpoint", endpoint, "--out", out],
      { XTREMEPUSH_ENDPOINT: "http://127.0.0.1:1", XTREMEPUSH_PROJECT: "beta", XTREMEPUSH_TOKEN: token },
    );

    assert.equal(code, 0, stderr);
    const yaml = readFileSync(path.join(out, "Pulumi.yaml"), "utf8");
    assert.match(yaml, /^name: acme-access$/m);
    assert.ok(yaml.includes(`xtremepush:endpoint: { value: "${endpoint}" }`), yaml);
  });

  it("claims for the organization of the stack, or for XTREMEPUSH_OWNER", async () => {
    const [cloud, team] = [path.join(temporaryFolder(), "access"), path.join(temporaryFolder(), "access")];

    await runProviderCommand(["export", "--out", cloud, "--stack", "acme-inc/prod"], backend.environment);
    await runProviderCommand(["export", "--out", team], { ...backend.environment, XTREMEPUSH_OWNER: "team-a" });

    assert.equal(ownersIn(cloud), "acme-inc/urn:pulumi:prod::acme-access");
    assert.match(readFileSync(path.join(cloud, "README.md"), "utf8"), /^pulumi stack init acme-inc\/prod$/m);
    assert.doesNotMatch(readFileSync(path.join(cloud, "Pulumi.yaml"), "utf8"), /owner/);
    assert.equal(ownersIn(team), "team-a/urn:pulumi:dev::acme-access");
    assert.match(readFileSync(path.join(team, "Pulumi.yaml"), "utf8"), /xtremepush:owner: { value: "team-a" }/);
  });

  it("says how far it is when there are thousands of clients", async () => {
    await backend.admin.projects.create({ slug: "large" });
    await fillProject(backend.database, "large", 2_100);
    const out = path.join(temporaryFolder(), "access");

    const { stderr } = await runProviderCommand(["export", "--project", "large", "--out", out], {
      ...backend.environment,
      XTREMEPUSH_TOKEN: backend.adminToken,
    });

    assert.deepEqual(stderr.split("\n").slice(0, 3), [
      "Read 1,000 clients so far.",
      "Read 2,000 clients so far.",
      `Wrote 2,100 clients and 2,100 grants into ${out}; nothing was changed on the backend.`,
    ]);
  });

  it("refuses a folder that is not empty before it asks the backend", async () => {
    const out = temporaryFolder();
    writeFileSync(path.join(out, "index.ts"), "mine");

    const { code, stderr } = await runProviderCommand(["export", "--project", "acme", "--out", out], NOWHERE);

    assert.equal(code, 1);
    assert.equal(stderr, `${out} is not empty: give a new or empty folder with --out.`);
    assert.equal(readFileSync(path.join(out, "index.ts"), "utf8"), "mine");
  });

  it("refuses a file as the folder", async () => {
    const out = path.join(temporaryFolder(), "access");
    writeFileSync(out, "mine");

    const { code, stderr } = await runProviderCommand(["export", "--project", "acme", "--out", out], NOWHERE);

    assert.equal(code, 1);
    assert.equal(stderr, `${out} is a file or is inside one: give a new or empty folder with --out.`);
  });

  it("says which settings are missing", async () => {
    const { code, stderr } = await runProviderCommand([
      "export",
      "--endpoint",
      "http://127.0.0.1:1",
      "--out",
      "access",
    ]);

    assert.equal(code, 2);
    assert.equal(
      stderr,
      "Not set: XTREMEPUSH_PROJECT, XTREMEPUSH_TOKEN. The export needs the address of the backend (also as --endpoint), the project (also as --project), and an actor token with access to the project in XTREMEPUSH_TOKEN (or, in a pipeline, XTREMEPUSH_OIDC).",
    );
  });

  for (const [what, args, message] of [
    ["no folder", ["--project", "acme"], /required option '--out <folder>' not specified/],
    ["a project that is no slug", ["--project", "Acme!", "--out", "a"], /a project is 1 to 63 lower-case letters/],
    ["a stack that is no name", ["--project", "acme", "--out", "a", "--stack", "a/b/c"], /or organization\/name/],
    ["an option that there is not", ["--project", "acme", "--out", "a", "--all"], /unknown option '--all'/],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const { code, stderr } = await runProviderCommand(["export", ...args], NOWHERE);

      assert.equal(code, 2);
      assert.match(stderr, message);
      assert.equal(stderr.split("\n").length, 1);
    });
  }

  for (const [what, args, variables, message] of [
    [
      "a project that it may not see",
      ["--project", "beta"],
      {},
      /beta.*; the token in XTREMEPUSH_TOKEN must have access to it\.$/,
    ],
    ["an unknown token", [], { XTREMEPUSH_TOKEN: TOKEN }, /401/],
    ["an address where nothing listens", [], NOWHERE, /ECONNREFUSED/],
    ["an address without encryption", ["--endpoint", "http://example.com"], {}, /must be https:/],
  ] as const) {
    it(`says in a sentence what is wrong with ${what}, and writes nothing`, async () => {
      const out = path.join(temporaryFolder(), "access");

      const { code, stderr } = await runProviderCommand(["export", "--out", out, ...args], {
        ...backend.environment,
        ...variables,
      });

      assert.equal(code, 1);
      assert.match(stderr, message);
      assert.equal(stderr.split("\n").length, 1);
      assert.ok(!stderr.includes(TOKEN) && !stderr.includes(backend.environment["XTREMEPUSH_TOKEN"] ?? TOKEN));
      assert.deepEqual(readdirSync(path.dirname(out)), []);
    });
  }

  it("never repeats an address that holds a password", async () => {
    const args = ["export", "--out", "access", "--endpoint", "https://ana:hunter2@example.com"];

    const { code, stderr } = await runProviderCommand(args, backend.environment);

    assert.equal(code, 1);
    assert.doesNotMatch(stderr, /hunter2/);
  });

  it("writes nothing for a project without clients, or with managed ones only", async () => {
    const admin = { ...backend.environment, XTREMEPUSH_TOKEN: backend.adminToken };
    await backend.admin.projects.create({ slug: "managed" });
    await backend.admin.clients.create("managed", { name: "Billing", managedBy: "team/urn:x" });
    const out = path.join(temporaryFolder(), "access");

    const empty = await runProviderCommand(["export", "--project", "beta", "--out", out], admin);
    const managed = await runProviderCommand(["export", "--project", "managed", "--out", out], admin);

    assert.deepEqual([empty.code, managed.code], [1, 1]);
    assert.equal(empty.stderr, "The project beta has no clients: nothing was written.");
    assert.equal(
      managed.stderr,
      'None of the 1 client of managed can be written; for "Billing", team/urn:x manages it: nothing was written.',
    );
    assert.ok(!existsSync(out));
  });

  it("leaves nothing behind when it is interrupted while it reads", async () => {
    const server = await scripted({ body: BACKEND, delayMs: 30_000 });
    const out = path.join(temporaryFolder(), "access");
    const command = startProviderCommand(["export", "--project", "acme", "--out", out, "--endpoint", server.endpoint], {
      XTREMEPUSH_TOKEN: TOKEN,
    });

    await until(() => server.requests.length > 0);
    command.kill("SIGINT");
    await once(command, "close");

    assert.deepEqual(readdirSync(path.dirname(out)), []);
  });

  const scripted = scriptedServers();
});

function ownersIn(folder: string): string {
  const { resources } = JSON.parse(readFileSync(path.join(folder, "import.json"), "utf8"));
  const owners = resources.map(({ inputs }: { inputs: { managedBy: string } }) => inputs.managedBy);
  return [...new Set(owners.map((owner: string) => owner.split("::").slice(0, 2).join("::")))].join();
}
