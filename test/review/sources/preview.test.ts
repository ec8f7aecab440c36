import assert from "node:assert/strict";
import { RESOURCE_MODULE } from "pulumi-xtremepush/protocol";
import { compare } from "../../../review/src/compare/compare";
import { ReviewFailure } from "../../../review/src/review-failure";
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

describe("a preview of what the engine replaces", () => {
  it("says so, whatever makes the engine replace it", () => {
    const steps = [
      { op: "create-replacement", before: CRM, after: { ...CRM, id: "" } },
      { op: "replace", before: CRM, after: { ...CRM, id: "" } },
      { op: "delete-replaced", before: CRM },
    ];

    const diff = compare([read("base", ...steps)], [read("head", ...steps)]);

    assert.equal(diff.verdict, "credentials-changed");
    assert.deepEqual(diff.environments[0]?.clients[0]?.credentials, [
      { credential: "client ID", before: "present", after: "new" },
    ]);
  });

  it("has the digest of the programs from which it follows", () => {
    const [old, young] = [
      { ...CRM, replacementTrigger: { a: 1, b: [true] } },
      { ...CRM, replacementTrigger: { b: [true], a: 2 } },
    ];
    const steps = [{ op: "replace", before: old, after: young }];
    const locks = [old, young].map((state) => read("base", { op: "same", before: state }));

    const [approved, planned] = [
      compare(locks.slice(0, 1), locks.slice(1)),
      compare([read("base", ...steps)], [read("head", ...steps)]),
    ];

    assert.equal(approved.verdict, "credentials-changed");
    assert.equal(planned.digest, approved.digest);
    const reordered = { ...old, replacementTrigger: { b: [true], a: 1 } };
    assert.equal(compare(locks.slice(0, 1), [read("base", { op: "same", before: reordered })]).verdict, "none");
  });

  it("reads the options that are in the state", () => {
    const options = {
      protect: true,
      deletedWith: "urn:x",
      replaceOnChanges: ["name"],
      replaceWith: ["urn:z", "urn:y"],
    };

    const [client] = read("base", { op: "same", before: { ...CRM, ...options } }).clients;

    const { protect, deletedWith, replaceOnChanges, replaceWith, replacementTrigger } = client ?? {};
    assert.deepEqual(
      { protect, deletedWith, replaceOnChanges, replaceWith, replacementTrigger },
      { ...options, replaceWith: ["urn:y", "urn:z"], replacementTrigger: null },
    );
  });
});

describe("a preview that failed", () => {
  it("is refused, because what it did not reach is missing", () => {
    const failed = (severity: string) =>
      JSON.stringify({
        ...JSON.parse(previewOf({ op: "same", before: CRM, after: CRM })),
        diagnostics: [{ severity, message: "preview failed: no such client\nmore" }],
      });

    assert.throws(
      () => previewManifest(failed("error"), "preview.json", "head"),
      new ReviewFailure("preview.json: the preview failed, so it is not complete: preview failed: no such client"),
    );
    assert.equal(previewManifest(failed("warning"), "preview.json", "head").clients.length, 1);
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
