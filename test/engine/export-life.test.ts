import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { RESOURCE_MODULE } from "pulumi-xtremepush/protocol";
import { AccessClient } from "xtremepush-access";
import {
  DESTROY,
  type EngineBench,
  openEngineBench,
  permissionLines,
  REFRESH,
  UNCHANGED,
  UP,
} from "../support/engine/engine";
import { edit, exportInto, nextCommands } from "../support/engine/exported-program";
import { makeByHand } from "../support/provider/hand-made-clients";
import { makeCertificate, makeKeyPair } from "../support/sdk/certificates";

/** The owner that an exported program has in the stack `dev`. */
function ownerIn(project: string, type: "ApiClient" | "ScopeGrant", name: string): string {
  return `organization/urn:pulumi:dev::${project}-access::${RESOURCE_MODULE}:${type}::${name}`;
}

async function owners(bench: EngineBench): Promise<(string | null)[][]> {
  return (await bench.clients()).map(({ managedBy, grant }) => [managedBy, grant.managedBy]);
}

/** The properties that a diff shows, each once. */
function changedKeys(output: string): string[] {
  const keys = [...output.matchAll(/^ +[+~-] (\w+) *: /gm)].map(([, key = ""]) => key);
  return [...new Set(keys)].sort();
}

describe("an exported program, run by the commands of its README.md", function () {
  this.timeout(120_000);

  let bench: EngineBench;
  let commands: string[][];
  let firstSecret: string | null;
  before(async () => {
    bench = await openEngineBench("export-life");
    const created = await bench.ana.clients.create(bench.project, { name: "CRM sync", description: "By hand" });
    firstSecret = created.clientSecret;
    await bench.ana.grants.put(bench.project, created.id, { permissions: ["list:profile"] }, { ifMatch: 0 });
    await makeByHand(bench.ana, bench.project, [{ name: "Idle", secretVersion: 0 }]);
    await exportInto(bench);
    commands = await nextCommands(bench);
  });
  after(() => bench.close());

  it("is imported and shows no change", async () => {
    const [init = [], importAll = [], preview = []] = commands;

    await bench.stack.succeed(...init);
    await bench.stack.succeed(...importAll);
    await bench.stack.succeed(...preview);
  });

  it("has nothing to do at an up, which claims nothing yet", async () => {
    const output = await bench.stack.succeed(...UP);

    assert.match(output, / {4}5 unchanged/);
    assert.deepEqual(await owners(bench), [
      [null, null],
      [null, null],
    ]);
  });

  it("claims each client and grant at an up with a refresh, and changes nothing else", async () => {
    const claim = commands[3] ?? [];
    const [before] = await bench.clients();

    const output = await bench.stack.succeed(...claim, "--yes", "--skip-preview", "--diff");

    assert.match(output, / {4}~ 4 updated/);
    assert.deepEqual(changedKeys(output), ["managedBy", "revision", "updatedBy", "updatedTime"]);
    assert.deepEqual(await owners(bench), [
      [ownerIn(bench.project, "ApiClient", "crm-sync"), ownerIn(bench.project, "ScopeGrant", "crm-sync")],
      [ownerIn(bench.project, "ApiClient", "idle"), ownerIn(bench.project, "ScopeGrant", "idle")],
    ]);
    const [after] = await bench.clients();
    assert.deepEqual(
      [after?.id, after?.name, after?.description, after?.secretVersion, after?.grant.permissions],
      [before?.id, before?.name, before?.description, before?.secretVersion, before?.grant.permissions],
    );
    await bench.stack.succeed(...UNCHANGED);
  });

  it("shows one line for a permission gained, and grants it", async () => {
    await edit(bench, "permissions: []", "permissions: [permissions.list.segment]");

    const output = await bench.stack.succeed("up", "--yes", "--skip-preview", "--diff");

    assert.deepEqual(permissionLines(output), ["+ list:segment: true"]);
    const [, idle] = await bench.clients();
    assert.deepEqual(idle?.grant.permissions, ["list:segment"]);
  });

  it("finds nothing new at a refresh", async () => {
    assert.match(await bench.stack.succeed(...REFRESH), / {4}5 unchanged/);
  });

  it("gets a secret into the state when secretVersion is raised, while the one made by hand lives on", async () => {
    await edit(bench, 'description: "By hand"', 'description: "By hand", secretVersion: 2');

    await bench.stack.succeed(...UP);

    const { resources } = JSON.parse(await bench.stack.succeed("stack", "export", "--show-secrets")).deployment;
    const { outputs } = resources.find(({ urn }: { urn: string }) => urn.endsWith("ApiClient::crm-sync"));
    const clientSecret: string = JSON.parse(outputs.clientSecret.plaintext);
    const { oauth } = new AccessClient({ endpoint: bench.endpoint });
    for (const secret of [clientSecret, firstSecret ?? ""]) {
      const { scope } = await oauth.token({ clientId: outputs.clientId, clientSecret: secret });
      assert.equal(scope, "list:profile");
    }
  });

  it("deletes all clients at a destroy", async () => {
    await bench.stack.succeed(...DESTROY);

    assert.deepEqual(await bench.clients(), []);
  });
});

describe("an exported program that has claimed nothing yet", function () {
  this.timeout(120_000);

  let bench: EngineBench;
  before(async () => {
    bench = await openEngineBench("export-unclaimed");
    await makeByHand(bench.ana, bench.project, [
      { name: "CRM sync", permissions: ["list:profile"] },
      { name: "Taken", permissions: ["list:list"] },
    ]);
    await exportInto(bench);
    await bench.stack.succeed("stack", "init", "dev");
  });
  after(() => bench.close());

  it("is imported with the CLI's own protection, too, and shows no change", async () => {
    await bench.stack.succeed("import", "--file", "import.json", "--generate-code=false", "--yes");

    await bench.stack.succeed(...UNCHANGED);
  });

  it("may be imported again after an interruption", async () => {
    await bench.stack.succeed("import", "--file", "import.json", "--generate-code=false", "--yes");

    await bench.stack.succeed(...UNCHANGED);
  });

  it("claims a grant when it changes it", async () => {
    await edit(bench, "[permissions.list.profile]", "[permissions.list.segment]");

    const output = await bench.stack.succeed("up", "--yes", "--skip-preview", "--diff");

    assert.deepEqual(permissionLines(output), ["- list:profile: true", "+ list:segment: true"]);
    const [client] = await bench.clients();
    assert.deepEqual(client?.grant.permissions, ["list:segment"]);
    assert.equal(client?.grant.managedBy, ownerIn(bench.project, "ScopeGrant", "crm-sync"));
  });

  it("leaves alone at a destroy what another program has claimed meanwhile", async () => {
    const [, taken] = await bench.clients();
    const theirs = `other/urn:pulumi:dev::other::${RESOURCE_MODULE}:ApiClient::taken`;
    const { project, ana } = bench;
    await ana.clients.update(project, taken?.id ?? "", { managedBy: theirs }, { ifMatch: 1 });
    await ana.grants.put(project, taken?.id ?? "", { permissions: ["list:list"], managedBy: theirs }, { ifMatch: 1 });

    const output = await bench.stack.succeed(...DESTROY);

    const left = await bench.onlyClient();
    assert.deepEqual([left.name, left.grant.permissions], ["Taken", ["list:list"]]);
    assert.match(output, /client xpc_\w+ \("Taken"\) is not deleted: it is now managed by other\/urn/);
  });
});

describe("an exported program in another stack than the one it was written for", function () {
  this.timeout(120_000);

  let bench: EngineBench;
  before(async () => {
    bench = await openEngineBench("export-stack");
    await makeByHand(bench.ana, bench.project, [{ name: "CRM sync", permissions: ["list:profile"] }]);
    await exportInto(bench);
    await bench.stack.succeed("stack", "init", "prod");
    await bench.stack.succeed("import", "--file", "import.json", "--generate-code=false", "--yes");
  });
  after(() => bench.close());

  it("shows a change of managedBy alone for each client and grant", async () => {
    const output = await bench.stack.succeed("preview", "--diff");

    assert.match(output, / {4}~ 2 to update/);
    assert.deepEqual(changedKeys(output), ["managedBy"]);
  });

  it("claims them at the first up", async () => {
    await bench.stack.succeed(...UP);

    const owner = (await owners(bench)).flat().map((each) => each?.split("::")[0]);
    assert.deepEqual(owner, ["organization/urn:pulumi:prod", "organization/urn:pulumi:prod"]);
    await bench.stack.succeed(...UNCHANGED);
  });
});

describe("an export for the stack and the owner of a team", function () {
  this.timeout(120_000);

  let bench: EngineBench;
  before(async () => {
    bench = await openEngineBench("export-owner");
    const { publicKey } = await makeKeyPair();
    const notAfter = new Date(Date.now() + 10_000);
    const { certificate } = await makeCertificate({ notAfter });
    await makeByHand(bench.ana, bench.project, [
      { name: "CRM sync", publicKeys: { "2026-q4": publicKey, old: certificate }, permissions: ["list:profile"] },
    ]);
    await exportInto({ ...bench, owner: "team-a" }, "--stack", "prod");
    await setTimeout(notAfter.getTime() - Date.now());
  });
  after(() => bench.close());

  it("is imported and shows no change, whatever the environment says later, and with a certificate that expired", async () => {
    const [init = [], importAll = [], preview = []] = await nextCommands(bench);
    const elsewhere = bench.stack.with({ XTREMEPUSH_ENDPOINT: "http://127.0.0.1:1", XTREMEPUSH_PROJECT: "other" });

    await elsewhere.succeed(...init);
    await elsewhere.succeed(...importAll);
    const output = await elsewhere.succeed(...preview);

    assert.match(output, /publicKeys\.old/);
  });
});
