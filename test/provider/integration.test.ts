import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { expectTypeOf } from "expect-type";
import { Integration } from "pulumi-xtremepush";
import { RESOURCE_MODULE } from "pulumi-xtremepush/protocol";
import { recordedResources, resetRecordedResources } from "../support/provider/pulumi-mocks";

const INSIDE = `urn:pulumi:dev::programs::xtremepush:index:Integration$${RESOURCE_MODULE}:`;

describe("Integration, in a program,", () => {
  beforeEach(resetRecordedResources);

  it("is a client and its grant, of its own name and below it", async () => {
    const publicKeys = { "2026-q4": "pem" };
    new Integration("crm", {
      name: "CRM sync",
      description: "Nightly",
      permissions: ["import:profile", pulumi.output("list:segment")],
      secretVersion: 2,
      secretOverlap: "7d",
      publicKeys,
    });

    const [component, client, grant] = await recordedResources();

    const { managedBy, declaredBy: _, __provider: __, ...inputs } = client?.inputs ?? {};
    assert.equal(component?.type, "xtremepush:index:Integration");
    assert.deepEqual([client?.name, managedBy], ["crm", `acme-org/${INSIDE}ApiClient::crm`]);
    assert.deepEqual(inputs, {
      name: "CRM sync",
      description: "Nightly",
      secretVersion: 2,
      secretOverlap: "7d",
      publicKeys,
    });
    assert.deepEqual([grant?.name, grant?.inputs["managedBy"]], ["crm", `acme-org/${INSIDE}ScopeGrant::crm`]);
    assert.deepEqual(grant?.inputs["permissions"], { "import:profile": true, "permissions[1]": "list:segment" });
    assert.equal(grant?.deletedWith, `${INSIDE}ApiClient::crm`);
  });

  it("gives the client its own name when there is no other", async () => {
    new Integration("crm", { permissions: [] });
    new Integration("cdp", { name: pulumi.output<string | undefined>(undefined), permissions: [] });

    const clients = (await recordedResources()).filter(({ type }) => type.endsWith("ApiClient"));

    assert.deepEqual(clients.map(({ inputs }) => inputs["name"]).sort(), ["cdp", "crm"]);
  });

  it("hands out client, grant, client ID and secret", async () => {
    const crm = new Integration("crm", { permissions: [] });

    expectTypeOf(crm.clientId).toEqualTypeOf<pulumi.Output<string>>();
    expectTypeOf(crm.clientSecret).toEqualTypeOf<pulumi.Output<string | null>>();
    assert.equal(crm.clientId, crm.client.clientId);
    assert.equal(crm.clientSecret, crm.client.clientSecret);
    assert.equal(crm.grant.client !== undefined, true);
  });

  it("adopts a client with its grant", async () => {
    new Integration("crm", { permissions: ["list:segment"], adopt: "xpc_a" });

    const [, client, grant] = await recordedResources();

    assert.deepEqual(
      [client?.inputs["adopt"], grant?.inputs["adopt"], grant?.inputs["client"]],
      ["xpc_a", "xpc_a", "xpc_a"],
    );
  });

  it("takes the place of flat resources that were where it is, and of no others", async () => {
    new Integration("crm", { permissions: [] });
    const growth = new pulumi.ComponentResource("acme:Team", "growth");
    const sales = new pulumi.ComponentResource("acme:Team", "sales");
    new Integration("crm", { permissions: [] }, { parent: growth });
    new Integration("crm", { permissions: [] }, { parent: sales });

    const clients = (await recordedResources()).filter(({ type }) => type.endsWith("ApiClient"));

    assert.deepEqual(clients.map(({ aliases }) => aliases).sort(), [
      ["stack"],
      ["urn:pulumi:dev::programs::acme:Team::growth"],
      ["urn:pulumi:dev::programs::acme:Team::sales"],
    ]);
  });

  it("takes the place of resources anywhere else by their URNs, each by its type", async () => {
    const parent = new pulumi.ComponentResource("acme:Team", "growth");
    const flat = (type: string) => `urn:pulumi:dev::programs::${RESOURCE_MODULE}:${type}::crm`;
    const aliases = [flat("ApiClient"), flat("ScopeGrant")];
    new Integration("crm", { permissions: [] }, { parent, aliases });

    const [, component, client, grant] = await recordedResources();

    assert.deepEqual(component?.aliases, []);
    assert.deepEqual([client?.aliases[0], grant?.aliases[0]], aliases);
  });

  it("asks for permissions of the catalog, in the compiler", () => {
    // @ts-expect-error the name of the permission is misspelt
    const misspelt = () => new Integration("crm", { permissions: ["list:profle"] });
    // @ts-expect-error without permissions
    const without = () => new Integration("crm", {});

    assert.deepEqual([typeof misspelt, typeof without], ["function", "function"]);
  });

  it("names a misspelt input, and lists its own", () => {
    const untyped: object = { permisions: [] };

    // An untyped program may give anything.
    assert.throws(() => new Integration("crm", untyped as { permissions: [] }), {
      message:
        'crm: there is no input "permisions"; the inputs of an Integration are name, description, secretVersion, secretOverlap, publicKeys, adopt, permissions',
    });
  });
});
