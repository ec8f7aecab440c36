import assert from "node:assert/strict";
import { clientSecrets, nextSecretVersion } from "xtremepush-access/rules";
import { Client } from "xtremepush-access/schemas";

const TIME = "2030-05-01T12:00:00.000Z";
const SECRET = {
  ...{ version: 3, createdTime: TIME, firstUsedTime: null, lastUsedTime: null },
  ...{ supersededTime: null, expiresTime: null },
};
const CLIENT = Client.parse({
  ...{ id: "xpc_a", project: "web", name: "CRM", description: null, managedBy: null, revision: 1 },
  ...{
    createdBy: "ana",
    createdTime: TIME,
    updatedBy: "ana",
    updatedTime: TIME,
    lastUsedTime: null,
    deletedTime: null,
  },
  ...{ secretVersion: 3, secrets: [SECRET], publicKeys: {} },
});

describe("the secrets of an answer", () => {
  it("have dates", () => {
    assert.deepEqual(clientSecrets(CLIENT).secrets, [
      {
        ...{ version: 3, createdTime: new Date(TIME), firstUsedTime: null },
        ...{ supersededTime: null, expiresTime: null },
      },
    ]);
  });

  it("tell the next version from the backend's, or from those that live where it does not say", () => {
    assert.equal(nextSecretVersion(clientSecrets({ ...CLIENT, nextSecretVersion: 8 })), 8);
    assert.equal(nextSecretVersion(clientSecrets({ ...CLIENT, nextSecretVersion: null })), null);
    assert.equal(nextSecretVersion(clientSecrets(CLIENT)), 4);
  });
});
