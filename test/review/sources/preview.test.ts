import assert from "node:assert/strict";
import { RESOURCE_MODULE } from "pulumi-xtremepush/protocol";
import { compare } from "../../../review/src/compare/compare";
import { previewManifest, type Side } from "../../../review/src/sources/preview";
import { manifestOf } from "../../support/review/manifests";
import { LATER, previewOf, previewUrn, type StateWritten, type StepWritten } from "../../support/review/preview-steps";
import { makeKeyPair } from "../../support/sdk/certificates";

const CRM_ID = "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa";
const OTHER_ID = "xpc_bbbbbbbbbbbbbbbbbbbbbbbbbb";
const CRM: StateWritten = { type: "ApiClient", name: "crm", id: CRM_ID, inputs: { name: "CRM" } };

function read(side: Side, ...steps: readonly StepWritten[]) {
  return previewManifest(previewOf(...steps), "preview.json", side);
}

/** The client of a grant with these inputs, next to the client `crm`. */
function clientOfGrant(client: string, clientUrns: readonly string[], crm: StateWritten = CRM) {
  const grant: StateWritten = {
    type: "ScopeGrant",
    name: "grant",
    inputs: { client, permissions: { "list:tag": true } },
    clientUrns,
  };
  const { grants } = read("head", { op: "same", before: crm, after: crm }, { op: "create", after: grant });
  return grants[0]?.client;
}

describe("the client of a grant in a preview", () => {
  const crmUrn = previewUrn("ApiClient", "crm");

  it("is the one whose ID the grant names, whatever the ID depends on", () => {
    assert.equal(clientOfGrant(CRM_ID, [crmUrn]), crmUrn);
    assert.equal(clientOfGrant(CRM_ID, []), crmUrn);
    assert.equal(clientOfGrant(OTHER_ID, [crmUrn]), OTHER_ID);
  });

  it("is the one that keeps the ID, which the engine does not show again", () => {
    const { id: _, ...crm } = CRM;
    const grant: StateWritten = { type: "ScopeGrant", name: "grant", inputs: { client: CRM_ID, permissions: {} } };
    const clientAfter = (op: string) =>
      read("head", { op, before: CRM, after: crm }, { op: "create", after: grant }).grants[0]?.client;

    assert.deepEqual(["same", "update", "create-replacement"].map(clientAfter), [crmUrn, crmUrn, CRM_ID]);
  });

  it("is the one that adopts the ID", () => {
    const adopting: StateWritten = { type: "ApiClient", name: "crm", inputs: { name: "CRM", adopt: OTHER_ID } };

    assert.equal(clientOfGrant(OTHER_ID, [], adopting), crmUrn);
  });

  it("is not one that claims to adopt the ID of another", () => {
    const decoy: StateWritten = { type: "ApiClient", name: "zzz", inputs: { name: "Decoy", adopt: CRM_ID } };
    const grant: StateWritten = { type: "ScopeGrant", name: "grant", inputs: { client: CRM_ID, permissions: {} } };

    const { grants } = read(
      "head",
      { op: "same", before: CRM, after: CRM },
      { op: "create", after: decoy },
      { op: "create", after: grant },
    );

    assert.equal(grants[0]?.client, crmUrn);
  });

  it("is the one that the grant depends on while the ID is unknown, if that is a client of the stack", () => {
    assert.equal(clientOfGrant(LATER, [crmUrn]), crmUrn);
    for (const urns of [
      [],
      [previewUrn("ApiClient", "elsewhere")],
      [previewUrn("ScopeGrant", `${RESOURCE_MODULE}:ApiClient::crm`)],
      [crmUrn, previewUrn("ApiClient", "mail")],
    ]) {
      assert.deepEqual(clientOfGrant(LATER, urns), { unknown: "it is known only when the update runs" });
    }
  });
});

describe("a preview of a program that reads a client of somebody else", () => {
  const got: StateWritten = { type: "ApiClient", name: "got", id: OTHER_ID, external: true, inputs: {} };
  const grant: StateWritten = {
    type: "ScopeGrant",
    name: "got",
    inputs: { client: OTHER_ID, permissions: { "list:tag": true } },
    clientUrns: [previewUrn("ApiClient", "got")],
  };

  it("leaves the client out on both sides, and assigns its grant to the ID", () => {
    const steps = [
      { op: "same", before: got, after: got },
      { op: "read", before: { ...got, name: "read" }, after: { ...got, name: "read" } },
      { op: "same", before: grant, after: grant },
    ];

    for (const side of ["base", "head"] as const) {
      const { clients, grants } = read(side, ...steps);
      assert.deepEqual(clients, []);
      assert.deepEqual(
        grants.map(({ client }) => client),
        [OTHER_ID],
      );
    }
  });

  it("leaves out what the program only reads from now on, even before the engine marks it", () => {
    const { external: _, ...unmarked } = got;

    assert.deepEqual(read("head", { op: "read", after: unmarked }).clients, []);
    assert.deepEqual(read("head", { op: "read-replacement", before: CRM, after: unmarked }).clients, []);
  });
});

describe("a preview of a program that retains what leaves it", () => {
  it("marks the client and the grant as retained", () => {
    const grant: StateWritten = {
      type: "ScopeGrant",
      name: "crm",
      inputs: { client: CRM_ID, permissions: { "list:tag": true } },
    };
    const steps = [
      { op: "delete", before: { ...CRM, retainOnDelete: true } },
      { op: "delete", before: { ...grant, retainOnDelete: true } },
    ];

    const diff = compare([read("base", ...steps)], [read("head", ...steps)]);

    assert.deepEqual(
      diff.environments[0]?.clients.map(({ effects, after }) => [effects, after]),
      [[["unknown"], 1]],
    );
    assert.equal(compare([read("base", { op: "delete", before: CRM })], []).verdict, "deleted");
  });
});

describe("the public keys in a preview", () => {
  it("are unknown when one has an invalid label", async () => {
    const { publicKey } = await makeKeyPair();
    const publicKeys = JSON.parse(`{ "__proto__": ${JSON.stringify(publicKey)} }`);

    const { clients } = read("head", { op: "create", after: { ...CRM, inputs: { name: "CRM", publicKeys } } });

    assert.deepEqual(clients[0]?.publicKeys, { unknown: "a key has an invalid label" });
  });
});

describe("a preview and the lock files of the same change", () => {
  it("have one digest when a client is adopted with its grant", () => {
    const adopt = CRM_ID;
    const locked = manifestOf([{ resource: "crm", name: "CRM", adopt, permissions: ["list:tag"] }]);
    const adopting: StateWritten = { type: "ApiClient", name: "crm", inputs: { name: "CRM", adopt } };
    const grant: StateWritten = {
      type: "ScopeGrant",
      name: "crm",
      inputs: { client: CRM_ID, permissions: { "list:tag": true }, adopt },
    };
    const steps = [
      { op: "create", after: adopting },
      { op: "create", after: grant },
    ];

    const previewed = compare([read("base", ...steps)], [read("head", ...steps)]);

    assert.equal(previewed.digest, compare([], [locked]).digest);
  });
});
