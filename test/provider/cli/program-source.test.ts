import assert from "node:assert/strict";
import fc from "fast-check";
import { PERMISSION_IDS, select } from "xtremepush-access";
import { readPublicKey } from "xtremepush-access/keys";
import { Description, Name } from "xtremepush-access/schemas";
import { planExport } from "../../../provider/src/cli/export-plan";
import { programSource } from "../../../provider/src/cli/program-source";
import { userProgram } from "../../support/docs/typescript-project";
import { asFormatted, declaredBy, liveClient } from "../../support/provider/exported-text";
import { manyHandMade } from "../../support/provider/hand-made-clients";
import { makeCertificate, makeKeyPair } from "../../support/sdk/certificates";

describe("the program of an export", () => {
  it("reads as a person would write it", () => {
    const clients = [
      liveClient({ name: "Reporting dashboard", permissions: select({ access: "read", maxRisk: "low" }) }),
      liveClient({
        name: "CRM sync",
        description: "Keeps profiles in step with the CRM",
        permissions: ["list:segment", "info:task", "import:profile"],
      }),
      liveClient({ name: "Idle", secretVersion: 0 }),
    ];

    assert.equal(
      programSource(planExport(clients)),
      `import { ApiClient, ScopeGrant } from "pulumi-xtremepush";
import { permissions, select } from "xtremepush-access";

const crmSync = new ApiClient("crm-sync", { name: "CRM sync", description: "Keeps profiles in step with the CRM" });
new ScopeGrant("crm-sync", {
  client: crmSync,
  permissions: [permissions.list.segment, permissions.info.task, permissions.import.profile],
});

const idle = new ApiClient("idle", { name: "Idle", secretVersion: 0 });
new ScopeGrant("idle", { client: idle, permissions: [] });

const reportingDashboard = new ApiClient("reporting-dashboard", { name: "Reporting dashboard" });
new ScopeGrant("reporting-dashboard", {
  client: reportingDashboard,
  permissions: select({ access: "read", maxRisk: "low" }),
});
`,
    );
  });

  it("says at the client which permissions are not declared, and at its end which clients", () => {
    const clients = [
      liveClient({ name: "CRM sync", permissions: ["list:hologram"] }),
      liveClient({ name: 'Billing\u2028"*/', managedBy: "team/urn:x" }),
    ];

    assert.equal(
      programSource(planExport(clients)),
      `import { ApiClient } from "pulumi-xtremepush";

// Its permissions are not declared here: this version does not know "list:hologram".
new ApiClient("crm-sync", { name: "CRM sync" });

// Not declared here:
// - "Billing\\u{2028}\\"*/" (xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa): team/urn:x manages it
`,
    );
  });

  it("declares public keys as they are, on lines of their own", async () => {
    const { publicKey } = await makeKeyPair();
    const { certificate } = await makeCertificate();
    const publicKeys = { "2026-q4": readPublicKey(publicKey), next: readPublicKey(certificate) };

    const program = programSource(planExport([liveClient({ publicKeys })]));

    const [client] = declaredBy(program);
    assert.deepEqual(JSON.parse(JSON.stringify(client?.args["publicKeys"])), {
      "2026-q4": publicKeys["2026-q4"].pem,
      next: publicKeys.next.pem,
    });
    assert.match(program, /^ {4}"2026-q4": `-----BEGIN PUBLIC KEY-----$/m);
    assert.equal(asFormatted(program), program);
  });

  it("compiles and is formatted, for hostile names and grants of every kind", () => {
    const program = programSource(planExport(manyHandMade(60).map(liveClient)));

    assert.equal(asFormatted(program), program);
    assert.deepEqual(userProgram(program).errors(), []);
  }).timeout(60_000);

  it("declares what is live and nothing else, whatever the texts are", () => {
    const client = fc.record({
      name: written(120).map((text) => Name.safeParse(text).data ?? "CRM sync"),
      description: written(300).map((text) => Description.safeParse(text).data ?? null),
      permissions: fc.subarray([...PERMISSION_IDS]),
      secretVersion: fc.nat(2),
    });

    fc.assert(
      fc.property(fc.array(client, { minLength: 1, maxLength: 40 }), (fields) => {
        const plan = planExport(fields.map(liveClient));

        const declared = declaredBy(programSource(plan)).map(({ type, name, args }) => [
          type,
          name,
          args["name"] ?? null,
          args["description"] ?? null,
          args["secretVersion"] ?? 1,
          [...((args["permissions"] ?? []) as string[])].sort(),
        ]);

        const wanted = plan.declared.flatMap(({ names, client: { name, description, secretVersion }, permissions }) => [
          ["ApiClient", names.resource, name, description, secretVersion, []],
          ["ScopeGrant", names.resource, null, null, 1, permissions?.toSorted()],
        ]);
        assert.deepEqual(declared, wanted);
      }),
      { numRuns: 25 },
    );
  }).timeout(60_000);
});

/** Texts of all characters, and of those that mean something in a program. */
function written(maxLength: number): fc.Arbitrary<string> {
  const special = fc.constantFrom(
    '"',
    "'",
    "\\",
    "`",
    "$\u007b",
    "}",
    "\n",
    "//",
    "*/",
    "x",
    "漢",
    " ",
    "🚀",
    "-",
    "1",
  );
  return fc.oneof(
    fc.string({ maxLength }),
    fc.string({ unit: "grapheme", maxLength }),
    fc.string({ unit: "binary", maxLength }),
    fc.string({ unit: special, maxLength }),
  );
}
