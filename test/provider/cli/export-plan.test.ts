import assert from "node:assert/strict";
import { readPublicKey } from "xtremepush-access/keys";
import { planExport } from "../../../provider/src/cli/export-plan";
import { liveClient } from "../../support/provider/exported-text";
import { makeKeyPair } from "../../support/sdk/certificates";

describe("the plan of an export", () => {
  it("declares clients by name, whatever their case and order", () => {
    const { declared } = planExport(["b", "Ä", "C", "a"].map((name) => liveClient({ name })));

    assert.deepEqual(
      declared.map(({ client }) => client.name),
      ["a", "b", "C", "Ä"],
    );
  });

  it("is the same in whatever order the backend lists them", () => {
    const clients = ["CRM sync", "crm-sync", "crm sync"].map((name) => liveClient({ name }));

    assert.deepEqual(planExport(clients.toReversed()), planExport(clients));
  });

  it("leaves out a client that a program manages, with its grant", () => {
    const managed = liveClient({ name: "Billing", managedBy: "team/urn:x", permissions: ["list:profile"] });

    const { declared, leftOut } = planExport([managed]);

    assert.deepEqual(declared, []);
    assert.deepEqual(leftOut, [{ client: managed, what: "client", why: "team/urn:x manages it" }]);
  });

  it("leaves out a grant that a program manages, and declares its client", () => {
    const client = liveClient({ permissions: ["list:profile"], grantManagedBy: "team/urn:x" });

    const { declared, leftOut } = planExport([client]);

    assert.deepEqual(
      declared.map(({ names, permissions }) => [names.resource, permissions]),
      [["crm-sync", null]],
    );
    assert.deepEqual(leftOut, [{ client, what: "permissions", why: "team/urn:x manages them" }]);
  });

  it("leaves out a grant with a permission that the catalog does not know", () => {
    const client = liveClient({ permissions: ["list:profile", "list:hologram\u202e"] });

    const { declared, leftOut } = planExport([client]);

    assert.equal(declared[0]?.permissions, null);
    assert.deepEqual(
      leftOut.map(({ why }) => why),
      ['this version does not know "list:hologram\\u{202e}"'],
    );
  });

  it("leaves out a client with a public key that this version does not take", () => {
    const pem = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----\n";
    const key = { pem, type: "public-key", algorithms: ["EdDSA"], fingerprint: "", notBefore: null, expiresTime: null };

    const { declared, leftOut } = planExport([liveClient({ publicKeys: { next: key } })]);

    assert.deepEqual(declared, []);
    assert.deepEqual(
      leftOut.map(({ why }) => why),
      ['this version does not support its public key "next"'],
    );
  });

  it("leaves out a client whose name or description has hidden characters, and says how to go on", () => {
    const id = "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa";
    const clients = [
      liveClient({ id, name: "CRM\u00a0sync" }),
      liveClient({ id, name: "Sales", description: "a\u00adb" }),
    ];

    const { declared, leftOut } = planExport(clients);

    assert.deepEqual(declared, []);
    assert.deepEqual(
      leftOut.map(({ why }) => why),
      [
        "a program cannot declare its name: the name must not contain control or invisible characters: \\u{a0}; " +
          `change the name with PATCH /v1/projects/acme/clients/${id}, then export again`,
        "a program cannot declare its description: the description must not contain control or invisible characters: " +
          `\\u{ad}; change the description with PATCH /v1/projects/acme/clients/${id}, then export again`,
      ],
    );
  });

  it("declares a client with public keys", async () => {
    const { publicKey } = await makeKeyPair();

    const { declared } = planExport([liveClient({ publicKeys: { next: readPublicKey(publicKey) } })]);

    assert.equal(declared.length, 1);
  });
});
