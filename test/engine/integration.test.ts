import assert from "node:assert/strict";
import { AccessClient } from "xtremepush-access";
import {
  assertPlain,
  assertSaidOnce,
  crmProgram,
  DESTROY,
  type EngineBench,
  openEngineBench,
  permissionLines,
  programOf,
  UNCHANGED,
  UP,
  urnOf,
} from "../support/engine/engine";
import { HASTY } from "../support/engine/name-patience";

/** A program with the integration `crm`. */
function integrationProgram(...permissions: readonly string[]): string {
  return programOf(`
    const crm = new Integration("crm", { name: "CRM sync", permissions: ${JSON.stringify(permissions)} });
    exports.clientId = crm.clientId;
    exports.clientSecret = crm.clientSecret;`);
}

async function outputsOf({ stack }: EngineBench): Promise<{ clientId: string; clientSecret: string }> {
  return JSON.parse(await stack.succeed("stack", "output", "--json", "--show-secrets"));
}

describe("an integration is a client and its grant in one", function () {
  this.timeout(120_000);

  let bench: EngineBench;
  before(async () => {
    bench = await openEngineBench("integration");
    await bench.stack.write("index.js", integrationProgram("list:segment"));
  });
  after(() => bench.close());

  it("creates both in a new program", async () => {
    const output = await bench.stack.succeed(...UP);

    const { clientId, clientSecret } = await outputsOf(bench);
    const { id, name, managedBy, grant } = await bench.onlyClient();
    assert.deepEqual([id, name, grant.permissions], [clientId, "CRM sync", ["list:segment"]]);
    assert.match(managedBy ?? "", /xtremepush:index:Integration\$pulumi-nodejs:dynamic\/xtremepush:ApiClient::crm$/);
    const { oauth } = new AccessClient({ endpoint: bench.endpoint });
    assert.equal((await oauth.token({ clientId, clientSecret })).scope, "list:segment");
    assertPlain(output, clientSecret);
    await bench.stack.succeed(...UNCHANGED);
  });

  it("keeps the secret encrypted, and in one place of the state but for the output", async () => {
    const { clientSecret } = await outputsOf(bench);

    const { resources } = JSON.parse(await bench.stack.exported()).deployment;

    const component = resources.find(({ type }: { type: string }) => type === "xtremepush:index:Integration");
    assert.deepEqual(Object.keys(component.outputs), ["clientId"]);
    assert.ok(!JSON.stringify(resources).includes(clientSecret));
  });

  it("shows a permission gained or lost as one line", async () => {
    await bench.stack.write("index.js", integrationProgram("list:profile"));

    const output = await bench.stack.succeed("preview", "--diff");

    assert.deepEqual(permissionLines(output), ["+ list:profile: true", "- list:segment: true"]);
  });

  it("ends with both", async () => {
    await bench.stack.succeed(...DESTROY);

    assert.deepEqual(await bench.clients(), []);
  });
});

describe("a flat program moves into integrations without touching the live client", function () {
  this.timeout(120_000);

  let bench: EngineBench;
  before(async () => {
    bench = await openEngineBench("integration-move");
    await bench.stack.write("index.js", crmProgram("list:segment", "import:profile"));
    await bench.stack.succeed(...UP);
  });
  after(() => bench.close());

  it("keeps client ID, secret and permissions, and changes the owner alone", async () => {
    const before = { outputs: await outputsOf(bench), live: await bench.onlyClient() };
    await bench.stack.write("index.js", integrationProgram("list:segment", "import:profile"));
    const preview = await bench.stack.succeed("preview");

    await bench.stack.succeed(...UP);

    assert.match(preview, /\+ 1 to create\n\s+~ 2 to update/);
    assert.doesNotMatch(preview, /to delete|to replace/);
    assert.deepEqual(await outputsOf(bench), before.outputs);
    const { id, createdTime, secrets, grant } = await bench.onlyClient();
    assert.deepEqual([id, createdTime, secrets], [before.live.id, before.live.createdTime, before.live.secrets]);
    assert.deepEqual(grant.permissions, before.live.grant.permissions);
    assert.match(grant.managedBy ?? "", /Integration\$pulumi-nodejs:dynamic\/xtremepush:ScopeGrant::crm$/);
    await bench.stack.succeed(...UNCHANGED);
  });

  it("keeps them when the integration moves into a component of the program", async () => {
    const { id } = await bench.onlyClient();
    await bench.stack.write(
      "index.js",
      programOf(`
        const parent = new pulumi.ComponentResource("acme:Team", "growth");
        const options = { parent, aliases: [{ parent: pulumi.rootStackResource }] };
        new Integration("crm", { name: "CRM sync", permissions: ["list:segment", "import:profile"] }, options);`),
    );

    await bench.stack.succeed(...UP);

    const live = await bench.onlyClient();
    assert.deepEqual([live.id, live.grant.permissions], [id, ["list:segment", "import:profile"]]);
    assert.match(live.managedBy ?? "", /acme:Team\$xtremepush:index:Integration\$.*ApiClient::crm$/);
    await bench.stack.succeed(...UNCHANGED);
  });
});

describe("flat resources of other names move into an integration by their aliases", function () {
  this.timeout(120_000);

  let bench: EngineBench;
  before(async () => {
    bench = await openEngineBench("integration-aliases");
    await bench.stack.write(
      "index.js",
      programOf(`
        const client = new ApiClient("crm-client", { name: "CRM sync" });
        new ScopeGrant("crm-grant", { client, permissions: ["list:segment"] });`),
    );
    await bench.stack.succeed(...UP);
  });
  after(() => bench.close());

  it("prints the line to add, and keeps the client with exactly that line", async () => {
    const before = await bench.onlyClient();
    const program = (options: string) =>
      programOf(`new Integration("crm", { name: "CRM sync", permissions: ["list:segment"] }, { ${options} });`);
    await bench.stack.write("index.js", program(""));
    const [aliases = ""] = /aliases: \[.*\]/.exec(await bench.stack.with(HASTY).fail(...UP)) ?? [];
    await bench.stack.write("index.js", program(aliases));

    await bench.stack.succeed(...UP);

    assert.equal(aliases, `aliases: ["${urnOf("ApiClient", "crm-client")}"]`);
    const { id, secrets, grant } = await bench.onlyClient();
    assert.deepEqual([id, secrets, grant.permissions], [before.id, before.secrets, ["list:segment"]]);
    await bench.stack.succeed(...UNCHANGED);
  });
});

describe("an integration leaves alone a flat resource of its name that stays before or after it in the program", function () {
  this.timeout(120_000);

  const CRM = `
    const crm = new ApiClient("crm", { name: "CRM sync" });
    new ScopeGrant("crm", { client: crm, permissions: ["list:segment"] });`;
  const ETL = `
    const etl = new ApiClient("etl", { name: "ETL" });
    new ScopeGrant("etl", { client: etl, permissions: ["list:tag"] });`;

  let bench: EngineBench;
  before(async () => {
    bench = await openEngineBench("integration-stays");
    await bench.stack.write("index.js", programOf(CRM + ETL));
    await bench.stack.succeed(...UP);
  });
  after(() => bench.close());

  it("makes clients of its own, and keeps the other ones", async () => {
    const [crm, etl] = await bench.clients();
    const integration = (name: string) =>
      `new Integration("${name}", { name: "${name} 2", permissions: ["list:profile"] });`;
    await bench.stack.write("index.js", programOf(CRM + integration("crm") + integration("etl") + ETL));

    await bench.stack.succeed(...UP);

    const live = await bench.clients();
    assert.deepEqual(
      live.map(({ name, grant }) => [name, grant.permissions]),
      [
        ["crm 2", ["list:profile"]],
        ["CRM sync", ["list:segment"]],
        ["ETL", ["list:tag"]],
        ["etl 2", ["list:profile"]],
      ],
    );
    assert.deepEqual([live[1]?.id, live[2]?.id], [crm?.id, etl?.id]);
    await bench.stack.succeed(...UNCHANGED);
  });
});

describe("an integration under a component takes the place of flat resources there, with its provider", function () {
  this.timeout(120_000);

  let bench: EngineBench;
  before(async () => {
    bench = await openEngineBench("integration-provider");
  });
  after(() => bench.close());

  it("keeps the client", async () => {
    const stack = bench.stack.with({ XTREMEPUSH_TOKEN: "", EU_TOKEN: bench.token });
    const under = (body: string) =>
      programOf(`
        const provider = new Provider("eu", {
          endpoint: "${bench.endpoint}", project: "integration-provider", tokenVariable: "EU_TOKEN",
        });
        const parent = new pulumi.ComponentResource("acme:Team", "growth");
        ${body}`);
    await stack.write(
      "index.js",
      under(`
        const client = new ApiClient("crm", { name: "CRM sync" }, { parent, provider });
        new ScopeGrant("crm", { client, permissions: ["list:segment"] }, { parent, provider });`),
    );
    await stack.succeed(...UP);
    const { id } = await bench.onlyClient();
    await stack.write(
      "index.js",
      under(`new Integration("crm", { name: "CRM sync", permissions: ["list:segment"] }, { parent, provider });`),
    );

    await stack.succeed(...UP);

    const live = await bench.onlyClient();
    assert.deepEqual([live.id, live.grant.permissions], [id, ["list:segment"]]);
    await stack.succeed(...UNCHANGED);
  });
});

describe("an integration adopts a client that was made by hand, with its grant", function () {
  this.timeout(120_000);

  let bench: EngineBench;
  let clientId: string;
  before(async () => {
    bench = await openEngineBench("integration-adopt");
    clientId = (await bench.ana.clients.create("integration-adopt", { name: "CRM sync" })).id;
  });
  after(() => bench.close());

  const adopting = (permissions: readonly string[], adopt = `adopt: "${clientId}",`) =>
    programOf(`new Integration("crm", { ${adopt} name: "CRM sync", permissions: ${JSON.stringify(permissions)} });`);

  it("refuses in the preview to change those that it has, one line each", async () => {
    const permissions = ["list:profile", "delete:list"] as const;
    await bench.stack.write("index.js", adopting(["list:segment"]));
    await bench.ana.grants.put("integration-adopt", clientId, { permissions }, { ifMatch: 0 });

    const output = await bench.stack.fail("preview");

    assertSaidOnce(output, `client ${clientId} already has permissions, set by "ana of integration-adopt"`);
    assert.match(output, /\n +- delete:list\n +- list:profile\n +\+ list:segment\n/);
    const { managedBy, grant } = await bench.onlyClient();
    assert.deepEqual([managedBy, grant.managedBy, grant.revision], [null, null, 1]);
  });

  it("adopts it when it is declared as it is; afterwards adopt may go, and permissions may change", async () => {
    await bench.stack.write("index.js", adopting(["delete:list", "list:profile"]));
    await bench.stack.succeed(...UP);
    await bench.stack.write("index.js", adopting(["delete:list", "list:profile"], ""));
    await bench.stack.succeed(...UNCHANGED);
    await bench.stack.write("index.js", adopting(["list:profile"]));

    await bench.stack.succeed(...UP);

    const { id, grant } = await bench.onlyClient();
    assert.deepEqual([id, grant.permissions], [clientId, ["list:profile"]]);
    assert.match(grant.managedBy ?? "", /Integration\$pulumi-nodejs:dynamic\/xtremepush:ScopeGrant::crm$/);
  });
});
