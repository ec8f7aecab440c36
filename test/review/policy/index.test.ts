import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { placeholderKey, RESOURCE_TYPES, UNKNOWN } from "pulumi-xtremepush/protocol";
import { lockText } from "../../../review/src/lock/lock-file";
import { accessPolicies } from "../../../review/src/policy";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";
import { type AnalyzedResource, type RunningPolicyPack, startPolicyPack } from "../../support/provider/policy-pack";
import { manifestOf } from "../../support/review/manifests";

const RULES = `version: 1
rules:
  - id: no-bulk-export
    outcome: deny
    reason: only the warehouse may export
    when: { permission: export:segment }
  - id: partners-read
    outcome: deny
    reason: partners only read
    when: { client: "Partner *", access: [write, delete] }
waivers:
  - { rule: no-bulk-export, client: Warehouse, reason: it is the warehouse, approver: ana, until: 2999-12-31 }
`;
const CHANGES = `version: 1
rules:
  - { id: ask, outcome: approval, reason: r, when: { risk: critical } }
  - { id: keep, outcome: deny, reason: r, when: { effect: deleted } }
  - { id: leave, outcome: deny, reason: r, when: { client: CRM } }
`;

const NOT_BEFORE = `version: 1
rules:
  - { id: staging-first, outcome: deny, reason: try it in staging first, when: { stack: dev, not-before: staging } }
`;

function rulesFile(text: string): string {
  const file = path.join(temporaryFolder(), "access-review.yaml");
  writeFileSync(file, text);
  return file;
}

function clientOf(name: string, clientId: string): AnalyzedResource {
  return { type: RESOURCE_TYPES.apiClient.token, name, properties: { name, clientId } };
}

function grantOf(client: AnalyzedResource, ...permissions: readonly string[]): AnalyzedResource {
  return {
    type: RESOURCE_TYPES.scopeGrant.token,
    name: client.name,
    properties: {
      client: client.properties["clientId"],
      permissions: Object.fromEntries(permissions.map((id) => [id, true])),
    },
    dependsOn: client,
  };
}

/** In the preview of an update the engine shows the inputs of a client, without its ID. */
function updated(name: string): AnalyzedResource {
  return { type: RESOURCE_TYPES.apiClient.token, name, properties: { name, secretVersion: 2 } };
}

/** A grant of a client outside the program, with what a backend returned. */
function liveGrant(name: string, outputs: AnalyzedResource["properties"]): AnalyzedResource {
  const properties = { client: "xpc_z", permissions: { "export:segment": true }, ...outputs };
  return { type: RESOURCE_TYPES.scopeGrant.token, name, properties };
}

function ownerOf(program: string, name: string): string {
  return `acme/urn:pulumi:dev::${program}::${RESOURCE_TYPES.scopeGrant.token}::${name}`;
}

describe("the rules as policies", function () {
  this.timeout(60_000);

  let pack: RunningPolicyPack;
  before(async () => {
    const rules = JSON.stringify(rulesFile(RULES));
    pack = await startPolicyPack(`
      const { PolicyPack } = require("@pulumi/policy");
      const { accessPolicies } = require("xtremepush-access-review/policy");
      new PolicyPack("access", { policies: accessPolicies({ rules: ${rules} }) });`);
  });
  after(async () => {
    await pack.close();
    removeTemporaryFolders();
  });
  const reportsOn = (...clients: readonly (readonly [AnalyzedResource, ...(readonly string[])])[]) =>
    pack.analyzeStack(clients.flatMap(([client, ...permissions]) => [client, grantOf(client, ...permissions)]));

  it("deny what the review denies, in its words", async () => {
    const crm = clientOf("CRM sync", "xpc_crm");

    assert.deepEqual(await reportsOn([crm, "list:profile", "export:segment"]), [
      'access-review: "CRM sync"  "export:segment"  rule no-bulk-export  only the warehouse may export',
    ]);
    assert.deepEqual(await reportsOn([crm, "list:profile"]), []);
  });

  it("know the name of a client whose ID is not known yet", async () => {
    const partner = clientOf("Partner A", UNKNOWN);

    assert.deepEqual(await reportsOn([partner, "delete:segment", "list:tag"]), [
      'access-review: "Partner A"  "delete:segment"  rule partners-read  partners only read',
    ]);
  });

  it("know the client of a grant in the preview of an update, which leaves its ID out", async () => {
    const of = (name: string, client: string, permission: string) => {
      const grant = grantOf(updated(name), permission);
      return [updated(name), { ...grant, properties: { ...grant.properties, client, revision: 2 } }];
    };

    assert.deepEqual(await pack.analyzeStack(of("CRM sync", "xpc_crm", "delete:segment")), []);
    assert.deepEqual(await pack.analyzeStack(of("Warehouse", "xpc_w", "export:segment")), []);
    assert.deepEqual(await pack.analyzeStack(of("Partner A", "xpc_a", "delete:segment")), [
      'access-review: "Partner A"  "delete:segment"  rule partners-read  partners only read',
    ]);
  });

  it("believe no grant that the same preview changes about the ID of a client", async () => {
    const crm = updated("CRM sync");
    const grant = grantOf(crm, "delete:segment");

    const reports = await pack.analyzeStack([crm, { ...grant, properties: { ...grant.properties, client: "xpc_b" } }]);

    assert.deepEqual(reports, ['access-review: "xpc_b"  "delete:segment"  rule partners-read  partners only read']);
  });

  it("believe no grant about an ID that another client has, that the grant keeps, or of which there are two", async () => {
    const [crm, partner] = [updated("CRM sync"), clientOf("Partner A", "xpc_a")];
    const naming = (client: string, name: string) => ({
      ...grantOf(crm, "delete:segment"),
      name,
      properties: { client, permissions: { "delete:segment": true }, revision: 2 },
    });

    assert.deepEqual(await pack.analyzeStack([crm, partner, naming("xpc_a", "one")]), [
      'access-review: "Partner A"  "delete:segment"  rule partners-read  partners only read',
    ]);
    assert.deepEqual(await pack.analyzeStack([crm, { ...naming("xpc_x", "one"), ignoreChanges: ["client"] }]), [
      'access-review: "xpc_x"  "delete:segment"  rule partners-read  partners only read',
    ]);
    assert.deepEqual(await pack.analyzeStack([crm, naming("xpc_x", "one"), naming("xpc_y", "two")]), [
      'access-review: "xpc_x"  "delete:segment"  rule partners-read  partners only read',
      'access-review: "xpc_y"  "delete:segment"  rule partners-read  partners only read',
    ]);
  });

  it("leave out what the program only reads, and nothing that it manages", async () => {
    const [own, other] = [ownerOf("programs", "z"), ownerOf("other", "z")];
    const reads = [liveGrant("z", { managedBy: other, owner: other, revision: 3 })];
    const unowned = [liveGrant("z", { managedBy: null, owner: null, revision: 1 })];
    const managed = [
      liveGrant("z", { managedBy: own, owner: own, revision: 3 }),
      // Another program has taken it over since.
      liveGrant("z", { managedBy: other, owner: own, revision: 4 }),
      // It would be created.
      liveGrant("z", { managedBy: other }),
    ];

    assert.deepEqual(await pack.analyzeStack([...reads, ...unowned]), []);
    for (const grant of managed) {
      assert.deepEqual(await pack.analyzeStack([grant]), [
        'access-review: "xpc_z"  "export:segment"  rule no-bulk-export  only the warehouse may export',
      ]);
    }
  });

  it("deny a permission that is not known yet, as anything may come", async () => {
    const [report] = await reportsOn([clientOf("CRM sync", "xpc_crm"), placeholderKey(0)]);

    assert.match(report ?? "", /^access-review: "CRM sync" {2}rule no-bulk-export /);
  });

  it("apply waivers, but not at the location of an explicit Provider", async () => {
    const warehouse = clientOf("Warehouse", "xpc_w");
    const provider = {
      "xtremepush:endpoint": "https://eu.example",
      "xtremepush:project": "acme",
      "xtremepush:tokenVariable": "EU_TOKEN",
    };
    const elsewhere = [warehouse, grantOf(warehouse, "export:segment")].map((one) => ({ ...one, provider }));

    assert.deepEqual(await reportsOn([warehouse, "export:segment"]), []);
    assert.equal((await pack.analyzeStack(elsewhere)).length, 1);
  });

  it("refuse rules that need the state before, unless they are left to the review", () => {
    const rules = rulesFile(CHANGES);

    assert.throws(() => accessPolicies({ rules }), {
      name: "ReviewFailure",
      message: `${rules}: a policy sees only what a program declares, not what changes, so it cannot decide "ask", "keep", "leave"; leave such rules to the review with \`withoutBase: "skip"\``,
    });
    assert.equal(accessPolicies({ rules, withoutBase: "skip" }).length, 1);
  });

  it("refuse not-before without lock files, and read them before anything is deployed", () => {
    const rules = rulesFile(NOT_BEFORE);

    assert.throws(() => accessPolicies({ rules }), {
      name: "ReviewFailure",
      message: `${rules}: a policy sees only what a program declares, not what changes, so it cannot decide "staging-first"; leave such rules to the review with \`withoutBase: "skip"\`, and name the folder of the lock files with \`locks\` for \`not-before\``,
    });
    assert.throws(() => accessPolicies({ rules, locks: "/nowhere" }), {
      name: "ReviewFailure",
      message: "the folder of the lock files, /nowhere, cannot be read; check that it exists",
    });
    assert.equal(accessPolicies({ rules, withoutBase: "skip" }).length, 1);
  });

  it("deny with not-before what the lock file of the lower stack does not have", async () => {
    const locks = temporaryFolder();
    const lower = manifestOf([{ resource: "crm", name: "CRM sync", permissions: ["list:tag"] }], {
      pulumiProject: "programs",
      stack: "staging",
    });
    writeFileSync(path.join(locks, "programs.staging.json"), lockText(lower));
    const options = JSON.stringify({ rules: rulesFile(NOT_BEFORE), locks });
    const ordered = await startPolicyPack(`
      const { PolicyPack } = require("@pulumi/policy");
      const { accessPolicies } = require("xtremepush-access-review/policy");
      new PolicyPack("access", { policies: accessPolicies(${options}) });`);
    const crm = clientOf("CRM sync", "xpc_crm");

    const reports = await ordered.analyzeStack([crm, grantOf(crm, "list:tag", "list:segment")]);

    await ordered.close();
    assert.deepEqual(reports, [
      'access-review: "CRM sync"  "list:segment"  rule staging-first  try it in staging first',
    ]);
  });
});
