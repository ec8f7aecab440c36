import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { ApiClient, Integration, ScopeGrant } from "pulumi-xtremepush";
import { UNKNOWN } from "pulumi-xtremepush/protocol";
import type { Handler } from "../../../../provider/src/dynamic/run/wire";
import {
  type Handlers,
  openHandlers,
  type ProviderBackend,
  startProviderBackend,
} from "../../../support/provider/handlers";
import { resetRecordedResources } from "../../../support/provider/pulumi-mocks";

const URN = "urn:pulumi:dev::programs::pulumi-nodejs:dynamic/xtremepush:X::";

describe("one declaration of each thing in a program", () => {
  let backend: ProviderBackend;
  before(async () => {
    backend = await startProviderBackend();
  });
  after(() => backend.close());

  const newClient = async () => (await backend.admin.clients.create("acme", { name: randomUUID() })).id;
  async function reasonsOf(handler: Handler, inputs: object, olds: object = {}) {
    const { failures } = await handler.check({ ...olds }, { ...inputs });
    return failures.map(({ reason }) => reason);
  }
  const grant = (client: string, name: string) => ({ client, permissions: {}, managedBy: `acme-org/${URN}${name}` });
  const client = (name: string, resource: string) => ({ name, managedBy: `acme-org/${URN}${resource}` });

  describe("of a grant", () => {
    it("is refused in the check of the second resource, which names the first and what to do", async () => {
      const { scopeGrant } = await openHandlers(backend.environment);
      const id = await newClient();

      assert.deepEqual(await reasonsOf(scopeGrant, grant(id, "first")), []);
      assert.deepEqual(await reasonsOf(scopeGrant, grant(id, "second")), [
        `client ${id} already has a ScopeGrant in this program, ${URN}first: a client has one grant, which lists all of its permissions. Join the permissions in that one and remove this one; if both were deployed before, with \`pulumi up --refresh\`, so that the delete leaves the permissions to the other`,
      ]);
    });

    it("leaves the permissions when it is removed as the message says", async () => {
      const { scopeGrant, warnings } = await openHandlers(backend.environment);
      const id = await newClient();
      const permissions = { "list:profile": true };
      const [first, second] = [
        { ...grant(id, "first"), permissions },
        { ...grant(id, "second"), permissions },
      ];
      const { outs: firstState } = await scopeGrant.create(first);
      const { outs: secondState } = await scopeGrant.create(second);

      const { props = {} } = await scopeGrant.read(id, firstState);
      assert.deepEqual(await reasonsOf(scopeGrant, first, first), []);
      await scopeGrant.update(id, props, first);
      await scopeGrant.delete(id, secondState);

      const live = await backend.admin.grants.get("acme", id);
      assert.deepEqual([live.permissions, live.managedBy], [["list:profile"], first.managedBy]);
      assert.equal(warnings.length, 1);
    });

    it("is refused also when both are in the state already", async () => {
      const { scopeGrant } = await openHandlers(backend.environment);
      const id = await newClient();
      const [first, second] = [grant(id, "first"), grant(id, "second")];

      assert.deepEqual(await reasonsOf(scopeGrant, first, first), []);
      assert.equal((await reasonsOf(scopeGrant, second, second)).length, 1);
    });

    it("may be checked again, for a replacement, and need not be known", async () => {
      const { scopeGrant } = await openHandlers(backend.environment);
      const id = await newClient();

      for (const inputs of [grant(id, "one"), grant(id, "one"), grant(UNKNOWN, "two"), grant(UNKNOWN, "three")]) {
        assert.deepEqual(await reasonsOf(scopeGrant, inputs), []);
      }
    });
  });

  describe("of the name of a client", () => {
    it("is refused in the check of the second resource, without an aliases line", async () => {
      const { apiClient } = await openHandlers(backend.environment);

      assert.deepEqual(await reasonsOf(apiClient, client("CRM sync", "first")), []);
      assert.deepEqual(await reasonsOf(apiClient, client(" CRM sync ", "second")), [
        `the name "CRM sync" is declared twice in this program, also by ${URN}first: names are unique in project acme. Remove one of the two resources, or choose another name`,
      ]);
    });

    it("may be the same on another backend or in another project, which another Provider names", async () => {
      const token = await backend.makeActor("editor", ["beta"], { name: "beta pipeline" });
      const programs: Handlers[] = [
        await openHandlers(backend.environment),
        await openHandlers({ ...backend.environment, XTREMEPUSH_PROJECT: "beta", XTREMEPUSH_TOKEN: token }),
      ];

      for (const [index, { apiClient }] of programs.entries()) {
        assert.deepEqual(await reasonsOf(apiClient, client("CRM sync", `in ${index}`)), []);
      }
    });

    it("may move from one resource to the other in one run", async () => {
      const { apiClient } = await openHandlers(backend.environment);

      for (const inputs of [client("B", "first"), client("A", "second"), client("A", "second")]) {
        assert.deepEqual(await reasonsOf(apiClient, inputs), []);
      }
    });
  });

  describe("of a client resource's grant", () => {
    beforeEach(resetRecordedResources);

    it("is left to the check where the grant keeps another client", () => {
      const crm = new ApiClient("crm", { name: "CRM sync" });
      new ScopeGrant("first", { client: crm, permissions: [] });

      assert.doesNotThrow(
        () => new ScopeGrant("second", { client: crm, permissions: [] }, { ignoreChanges: ["client"] }),
      );
    });

    it("is refused in the constructor, whichever resource is the second one", () => {
      const crm = new ApiClient("crm", { name: "CRM sync" });
      const app = new Integration("app", { permissions: [] });
      new ScopeGrant("first", { client: crm, permissions: [] });

      for (const [given, earlier] of [
        [crm, "first"],
        [crm.id, "first"],
        [crm.clientId, "first"],
        [app.client, "app"],
        [app.clientId, "app"],
      ] as const) {
        assert.throws(
          () => new ScopeGrant("second", { client: given, permissions: [] }),
          (error: Error) =>
            pulumi.RunError.isInstance(error) &&
            error.message ===
              `second: this client already has the ScopeGrant ${earlier} in this program. A client has one grant, which lists all of its permissions: join the permissions in one ScopeGrant, or in the permissions of the Integration`,
        );
      }
    });
  });
});
