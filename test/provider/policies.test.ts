import assert from "node:assert/strict";
import { expectTypeOf } from "expect-type";
import { ApiClient, Integration, ScopeGrant } from "pulumi-xtremepush";
import { INTEGRATION_TYPE, RESOURCE_TYPES } from "pulumi-xtremepush/protocol";
import ts from "typescript";
import { ApiClient as SourceApiClient } from "../../provider/src/api-client";
import { fencedBlock } from "../support/docs/fenced-block";
import { type RunningPolicyPack, startPolicyPack } from "../support/provider/policy-pack";
import { resetRecordedResources } from "../support/provider/pulumi-mocks";

const CLIENT = RESOURCE_TYPES.apiClient.token;
const GRANT = RESOURCE_TYPES.scopeGrant.token;

describe("isInstance", () => {
  beforeEach(resetRecordedResources);

  it("recognizes a resource of its class, also of another copy of the package, and nothing else", () => {
    const client = new ApiClient("crm", { name: "CRM sync" });
    const copied = new SourceApiClient("cdp", { name: "CDP" });
    const integration = new Integration("app", { permissions: [] });

    const found = [
      client,
      copied,
      integration,
      integration.grant,
      { __pulumiType: GRANT },
      null,
      undefined,
      "text",
    ].map((value) =>
      [ApiClient, ScopeGrant, Integration].flatMap((type) => (type.isInstance(value) ? [type.name] : [])),
    );

    const names = ["ApiClient", "ApiClient", "Integration", "ScopeGrant", "ScopeGrant"];
    assert.deepEqual(found, [...names.map((name) => [name]), [], [], []]);
  });

  it("narrows the type, and works without its class, as policy packs call it", () => {
    const { isInstance } = ScopeGrant;
    const value: unknown = { __pulumiType: CLIENT };

    if (ScopeGrant.isInstance(value)) expectTypeOf(value).toEqualTypeOf<ScopeGrant>();

    assert.equal(isInstance(value), false);
  });
});

describe("a policy pack", function () {
  this.timeout(30_000);

  const grantOf = (name: string, ...permissions: readonly string[]) => ({
    type: GRANT,
    name,
    properties: { client: "xpc_a", permissions: Object.fromEntries(permissions.map((id) => [id, true])) },
  });
  const client = { type: CLIENT, name: "crm", properties: { name: "CRM sync" } };

  describe("that is typed, the one of the guide,", () => {
    let pack: RunningPolicyPack;
    before(async () => {
      const source = fencedBlock("docs/guides/policy-packs.md", "ts", "new PolicyPack");
      const { outputText } = ts.transpileModule(source, { compilerOptions: { module: ts.ModuleKind.CommonJS } });
      pack = await startPolicyPack(outputText);
    });
    after(() => pack.close());

    it("reports a permission of a grant, and nothing of other grants and of clients", async () => {
      const reports = [
        await pack.analyze(grantOf("crm", "list:profile", "export:segment")),
        await pack.analyze(grantOf("cdp", "list:profile")),
        await pack.analyze(client),
      ];

      assert.deepEqual(reports, [["no-segment-export: export:segment needs the security team"], [], []]);
    });

    it("reports on all grants of a stack", async () => {
      const one = [client, grantOf("crm", "export:segment"), grantOf("cdp", "list:profile")];

      assert.deepEqual(await pack.analyzeStack(one), []);
      assert.deepEqual(await pack.analyzeStack([...one, grantOf("app", "export:segment")]), [
        "one-critical-client: 2 clients have critical permissions",
      ]);
    });
  });

  describe("that is not typed", () => {
    let pack: RunningPolicyPack;
    before(async () => {
      pack = await startPolicyPack(UNTYPED);
    });
    after(() => pack.close());

    it("reports by isType, by asType and by the helpers, for all three classes", async () => {
      const integration = { type: INTEGRATION_TYPE, name: "app", properties: {} };

      const reports = [
        await pack.analyze(client),
        await pack.analyze(grantOf("crm", "list:profile")),
        await pack.analyze(integration),
        await pack.analyzeStack([client, integration]),
      ];

      assert.deepEqual(reports, [
        ["seen-apiclient: ApiClient"],
        ["seen-scopegrant: ScopeGrant", "asked: list:profile"],
        ["seen-integration: Integration"],
        ["counted: CRM sync"],
      ]);
    });
  });
});

const UNTYPED = `
  const { PolicyPack, validateResourceOfType, validateStackResourcesOfType } = require("@pulumi/policy");
  const { ApiClient, Integration, ScopeGrant } = require("pulumi-xtremepush");
  const seen = (type) => validateResourceOfType(type, (props, args, report) => report(type.name));
  const policies = [ApiClient, ScopeGrant, Integration].map((type) => (
    { name: "seen-" + type.name.toLowerCase(), description: "seen", validateResource: seen(type) }
  ));
  const asked = (args, report) => {
    if (args.isType(ScopeGrant)) report(Object.keys(args.asType(ScopeGrant).permissions).join());
  };
  const counted = validateStackResourcesOfType(ApiClient, (clients, args, report) => report(clients[0].name));
  new PolicyPack("untyped", { policies: [
    ...policies,
    { name: "asked", description: "asked", validateResource: asked },
    { name: "counted", description: "counted", validateStack: counted },
  ] });`;
