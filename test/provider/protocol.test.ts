import assert from "node:assert/strict";
import {
  CONFIGURATION_KEYS,
  composeOwner,
  composeUrn,
  INTEGRATION_TYPE,
  nameOf,
  parseOwner,
  parseOwnerIn,
  placeholderIndex,
  placeholderKey,
  RESOURCE_TYPES,
  STACK_TYPE,
  secret,
  stackOf,
  typeOf,
  UNKNOWN,
} from "pulumi-xtremepush/protocol";

const STACK = { pulumiProject: "access", stack: "prod" };

describe("the protocol of the provider", () => {
  it("keeps what is in every state as it is", () => {
    assert.deepEqual(
      { ...RESOURCE_TYPES, integration: INTEGRATION_TYPE },
      {
        apiClient: {
          // The one other place of these texts: whoever changes them breaks every state.
          token: ["pulumi-nodejs:dynamic", "xtremepush:ApiClient"].join("/"),
          provider: 'exports.handler = () => require("pulumi-xtremepush/dynamic").apiClient',
        },
        scopeGrant: {
          token: ["pulumi-nodejs:dynamic", "xtremepush:ScopeGrant"].join("/"),
          provider: 'exports.handler = () => require("pulumi-xtremepush/dynamic").scopeGrant',
        },
        integration: "xtremepush:index:Integration",
      },
    );
    assert.equal(UNKNOWN, "04da6b54-80e4-46f7-96ec-b56ff0331ba9");
    assert.deepEqual(secret("one"), {
      "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
      value: "one",
    });
    assert.equal(secret(null), null);
    assert.deepEqual(Object.values(CONFIGURATION_KEYS), [
      "xtremepush:endpoint",
      "xtremepush:project",
      "xtremepush:token",
      "xtremepush:owner",
      "xtremepush:showAccess",
      "xtremepush:tokenVariable",
    ]);
  });

  it("finds the place of a permission that is not known, and none in a permission", () => {
    assert.deepEqual([placeholderKey(12), placeholderIndex("permissions[12]")], ["permissions[12]", "12"]);
    assert.deepEqual(
      ["list:profile", "permissions[]", "permissions[a]", "permissions[1] "].map(placeholderIndex),
      Array(4).fill(undefined),
    );
  });

  it("composes and reads the URN of a resource", () => {
    const root = composeUrn({ ...STACK, parent: "", type: STACK_TYPE, name: "access-prod" });
    const parent = composeUrn({ ...STACK, parent: root, type: INTEGRATION_TYPE, name: "crm" });
    const urn = composeUrn({ ...STACK, parent, type: "a:b:C", name: "crm::sync" });

    assert.equal(parent, "urn:pulumi:prod::access::xtremepush:index:Integration::crm");
    assert.equal(urn, "urn:pulumi:prod::access::xtremepush:index:Integration$a:b:C::crm::sync");
    assert.deepEqual([typeOf(urn), nameOf(urn), stackOf(urn)], ["a:b:C", "crm::sync", STACK]);
    assert.equal(stackOf("crm"), null);
  });

  it("composes and reads an owner", () => {
    const urn = composeUrn({ ...STACK, parent: "", type: "a:b:C", name: "crm" });
    const owner = composeOwner("acme/team", urn);

    assert.equal(owner, `acme/team/${urn}`);
    const parts = { owner: "acme/team", urn, program: "acme/team/urn:pulumi:prod::access" };
    assert.deepEqual([parseOwner(owner), parseOwnerIn(owner, STACK)], [parts, parts]);
    assert.deepEqual([parseOwnerIn(owner, { ...STACK, stack: "dev" }), parseOwnerIn(null, STACK)], [null, null]);
    assert.deepEqual([parseOwner("ana"), parseOwner(null)], [null, null]);
  });
});
