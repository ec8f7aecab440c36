import assert from "node:assert/strict";
import { AccessClient } from "xtremepush-access";
import { startTestBackend, type TestBackend } from "../../support/backend/backend";
import { runCommand } from "../../support/backend/command-line";

describe("the commands about pipelines and tokens", function () {
  this.timeout(120_000);
  let backend: TestBackend;

  before(async () => {
    backend = await startTestBackend();
    await new AccessClient({ endpoint: backend.endpoint, token: backend.adminToken }).projects.create({ slug: "acme" });
  });
  after(() => backend.close());

  const run = (...args: string[]) =>
    runCommand(args, { env: { XTREMEPUSH_ENDPOINT: backend.endpoint, XTREMEPUSH_TOKEN: backend.adminToken } });
  const bounds = ["--role", "editor", "--project", "acme"];

  it("register an issuer and an actor that trusts it, and show both", async () => {
    const added = await run("issuer", "add", "github", "--audience", "https://access.acme.example");
    const trusted = await run(
      ...["actor", "trust", "deploy", "--issuer", "github", "--lifetime", "5m"],
      ...["--claim", "repository_id=42", "environment=a=b", ...bounds],
    );

    assert.equal(
      added.stdout,
      "Registered github: https://token.actions.githubusercontent.com, for ID tokens with the audience https://access.acme.example.\n",
    );
    assert.match(
      trusted.stdout,
      /^Made the editor deploy \(xpa_[a-z2-7]{26}\), for ID tokens of github: repository_id=42, environment=a=b\.\n$/,
    );
    assert.match((await run("issuer", "list")).stdout, /github .*https:\/\/access\.acme\.example +no/);
    const listed = JSON.parse((await run("actor", "list", "--json")).stdout);
    const deploy = listed.find(({ name }: { name: string }) => name === "deploy");
    assert.deepEqual(deploy.trust, {
      issuer: "github",
      claims: { repository_id: "42", environment: "a=b" },
      lifetimeSeconds: 300,
    });
    assert.match((await run("actor", "list")).stdout, /github: .*repository_id=42/);

    assert.match((await run("issuer", "remove", "github")).stderr, /the actor deploy would get no token/);
    await run("actor", "revoke", "deploy");
    assert.equal((await run("issuer", "remove", "github")).stdout, "Removed the issuer github.\n");
    assert.match((await run("issuer", "list")).stderr, /^No issuers yet/);
  });

  it("refuse a claim without a value, or one that is there twice, and an issuer without a URL", async () => {
    const trust = (...claims: string[]) =>
      run("actor", "trust", "ci", "--issuer", "github", "--claim", ...claims, ...bounds);

    const refused = [await trust("repository_id"), await trust("repository_id=1", "repository_id=2")];
    assert.deepEqual(
      refused.map(({ code }) => code),
      [2, 2],
    );
    assert.match(refused[0]?.stderr ?? "", /Write NAME=VALUE/);
    assert.match(refused[1]?.stderr ?? "", /there twice/);
    assert.match((await run("issuer", "add", "own")).stderr, /url/);
  });

  it("warn when the token that they use ends soon", async () => {
    const expiresTime = new Date(Date.now() + 50 * 3_600_000);
    const token = await backend.makeActor("viewer", ["acme"], { expiresTime });
    const env = { XTREMEPUSH_ENDPOINT: backend.endpoint, XTREMEPUSH_TOKEN: token };

    const { code, stdout, stderr } = await runCommand(["client", "list", "--project", "acme", "--json"], { env });

    assert.deepEqual([code, stdout.trim()], [0, "[]"]);
    assert.match(stderr, /^warning: the token for http:\S+ ends at \S+Z, in 2 days; replace it before[^\n]*\n$/);
    assert.ok(!stderr.includes(token));
    assert.equal((await run("client", "list", "--project", "acme", "--json")).stderr, "");
  });

  it("rotate a token, which alone is on standard output", async () => {
    const token = (await run("actor", "create", "nightly", ...bounds)).stdout.trim();

    const rotated = await run("actor", "rotate", "nightly", "--overlap", "1h");
    const atOnce = await run("actor", "rotate", "nightly");

    assert.match(rotated.stdout, /^xpat_\w{49}\n$/);
    assert.notEqual(rotated.stdout.trim(), token);
    assert.match(rotated.stderr, /Rotated the token of nightly\..*The token of before works for 1h\./);
    assert.match(atOnce.stderr, /The token of before no longer works\./);
    assert.match((await run("actor", "rotate", "nobody")).stderr, /There is no actor nobody/);
  });
});
