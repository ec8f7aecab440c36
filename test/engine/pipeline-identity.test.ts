import assert from "node:assert/strict";
import { parseEnv } from "node:util";
import { AccessClient } from "xtremepush-access";
import { type ActionsJob, startActionsJob } from "../support/backend/actions-job";
import { startTestBackend, type TestBackend } from "../support/backend/backend";
import { type IdTokenIssuer, startIdTokenIssuer } from "../support/backend/id-token-issuer";
import { programOf } from "../support/engine/engine";
import { type EnvironmentsBench, openEnvironmentsBench } from "../support/environments/environments-bench";

const CLAIMS = {
  repository_id: "42",
  environment: "production",
  ref: "refs/heads/main",
  sha: "4f0c1d",
  run_id: "7",
  actor: "ana",
};

const FILE = `version: 1
environments:
  staging:
  production:
deliver:
  - client: CRM sync
    dotenv: { file: ".env.{name}", variables: { CRM_ID: clientId, CRM_SECRET: clientSecret } }
`;

const programFor = (stack: string) =>
  programOf(`
    const held = ["list:tag"];
    if (pulumi.getStack() === "${stack}") held.push("export:segment");
    const crm = new ApiClient("crm", { name: "CRM sync" });
    new ScopeGrant("crm", { client: crm, permissions: held });`);

describe("a pipeline that has no stored token", function () {
  this.timeout(240_000);

  let bench: EnvironmentsBench;
  let backend: TestBackend;
  let issuer: IdTokenIssuer;
  let job: ActionsJob;
  let admin: AccessClient;
  before(async () => {
    backend = await startTestBackend();
    issuer = await startIdTokenIssuer();
    job = await startActionsJob(issuer, CLAIMS);
    const { endpoint, adminToken } = backend;
    admin = new AccessClient({ endpoint, token: adminToken });
    for (const slug of ["oidc-staging", "oidc-production"]) await admin.projects.create({ slug });
    await admin.issuers.create({ name: "github", url: issuer.url, audience: endpoint });
    await admin.actors.createTrusted({
      ...{ name: "deploy", role: "editor", projects: ["oidc-staging", "oidc-production"] },
      trust: { issuer: "github", claims: { repository_id: "42", environment: "production" } },
    });
    bench = await openEnvironmentsBench({ XTREMEPUSH_ENDPOINT: endpoint, ...job.environment });
    bench.write("access-env.yaml", FILE);
    bench.write("index.js", programFor("staging"));
    for (const name of ["staging", "production"]) {
      bench.write(`Pulumi.${name}.yaml`, `config:\n  xtremepush:project: oidc-${name}\n`);
    }
  });
  after(async () => {
    await bench?.close();
    await job.close();
    await issuer.close();
    await backend.close();
  });

  const trailOf = async (project: string) => (await admin.audit.ofProject(project)).items;

  it("sets up environments with its ID token, and the audit trail names its actor", async () => {
    for (const name of ["staging", "production"]) {
      const { code, stderr } = await bench.run("up", name);

      assert.equal(code, 0, stderr);
      const trail = await trailOf(`oidc-${name}`);
      assert.deepEqual([...new Set(trail.map(({ actor }) => actor.name))], ["deploy"]);
      assert.deepEqual(
        ["client.create", "grant.update", "delivery.put"].filter(
          (each) => !trail.some(({ action }) => action === each),
        ),
        [],
      );
    }
    const { CRM_ID: clientId = "", CRM_SECRET: clientSecret = "" } = parseEnv(bench.read(".env.production"));
    const { scope } = await new AccessClient({ endpoint: backend.endpoint }).oauth.token({ clientId, clientSecret });
    assert.equal(scope, "list:tag");
  });

  it("shows a permission that moves from staging to production in preview and in diff", async () => {
    bench.write("index.js", programFor("production"));

    const preview = await bench.run("preview", "production");
    const diff = await bench.run("diff", "staging", "production");

    assert.equal(preview.code, 0, preview.stderr);
    assert.match(preview.stdout, /^Broadens access: 1 client, \+1 permission, 1 critical\n/);
    assert.match(preview.stdout, / \+ \S.* {2}export:segment {2}critical: /);
    assert.equal(diff.code, 1, diff.stderr);
    assert.match(diff.stdout, / \+ \S.* {2}export:segment {2}critical: /);
  });

  it("moves it, and the trail has the change beside the claims that let the pipeline in", async () => {
    const before = job.tokens();
    const { code, stderr } = await bench.run("up", "production");

    assert.equal(code, 0, stderr);
    const [change] = (await trailOf("oidc-production")).filter(({ action }) => action === "grant.update");
    assert.deepEqual(
      [change?.actor.name, change?.before?.["permissions"], change?.after?.["permissions"]],
      ["deploy", ["list:tag"], ["list:tag", "export:segment"]],
    );
    const exchanges = (await admin.audit.all({ action: "actor.exchange" })).items;
    assert.ok(job.tokens() > before);
    assert.equal(exchanges.length, job.tokens(), "each ID token was exchanged once");
    for (const { actor, after } of exchanges) {
      assert.deepEqual([actor.id, actor.name, after?.["issuer"]], [change?.actor.id, "deploy", "github"]);
      const claims = Object.entries(after?.["claims"] ?? {}).filter(([name]) => name !== "jti");
      assert.deepEqual(Object.fromEntries(claims), CLAIMS);
    }
  });

  it("is told once that a token of its own would end soon, and by no warning that its ID token does", async () => {
    const token = await backend.makeActor("editor", ["oidc-staging"], {
      expiresTime: new Date(Date.now() + 50 * 3_600_000),
    });
    const warningsOf = ({ stderr }: { readonly stderr: string }) =>
      stderr.split("\n").filter((line) => line.startsWith("warning: the token "));

    const own = await bench.start(["up", "staging"], { XTREMEPUSH_TOKEN: token }).finished;
    const preview = await bench.start(["preview", "staging"], { XTREMEPUSH_TOKEN: token }).finished;
    const pipeline = await bench.run("up", "staging");

    assert.equal(own.code, 0, own.stderr);
    assert.equal(warningsOf(own).length, 1, own.stderr);
    assert.equal(preview.code, 0, preview.stderr);
    assert.deepEqual(warningsOf(preview).length, 1, preview.stderr);
    assert.match(warningsOf(own)[0] ?? "", /ends at \S+Z, in 2 days; replace it before/);
    assert.deepEqual(warningsOf(pipeline), []);
  });

  it("changes nothing where the claims of the job are not those that the actor trusts", async () => {
    const other = await startActionsJob(issuer, { ...CLAIMS, environment: "staging" });
    const before = await trailOf("oidc-production");
    bench.write("index.js", programFor("staging"));

    const run = bench.start(["up", "production"], other.environment);
    const { code, stderr } = await run.finished;

    await other.close();
    assert.equal(code, 1);
    assert.match(stderr, /no actor trusts this ID token: for deploy, environment must be production and is staging/);
    assert.deepEqual(await trailOf("oidc-production"), before);
  });
});
