import assert from "node:assert/strict";
import { composeOwner, composeUrn, RESOURCE_TYPES } from "pulumi-xtremepush/protocol";
import type { Backend } from "xtremepush-access/schemas";
import { announceRestore } from "../../../../backend/src/changes/announce-restore";
import { RestoreCheck } from "../../../../provider/src/dynamic/run/restored";
import type { Properties } from "../../../../provider/src/dynamic/run/wire";
import { dumpDatabase, restoreDatabase } from "../../../support/backend/dump";
import {
  type Handlers,
  openHandlers,
  type ProviderBackend,
  startProviderBackend,
  stateOf,
} from "../../../support/provider/handlers";
import { startWatchingProxy } from "../../../support/sdk/watching-proxy";

const ADVICE =
  "the database of the backend was restored from an earlier backup, and access that was taken away since may be live again; run `pulumi refresh`, and look at `pulumi preview --diff` before you go on";
const UNANNOUNCED = ADVICE.replace(
  "backup,",
  "backup, which nobody has announced with `xtremepush-access-backend admin restored`,",
);

describe("a state from before a restore of the backend's database", function () {
  this.timeout(60_000);

  let backend: ProviderBackend;
  beforeEach(async () => {
    backend = await startProviderBackend();
  });
  afterEach(() => backend.close());

  /** Handlers of a new run. */
  const newRun = () => openHandlers(backend.environment);
  const dump = () => dumpDatabase(backend.database);
  const announce = (endsSecrets = false) =>
    announceRestore(backend.database, { now: new Date(), madeUntil: null, endsSecrets, revokes: [] });

  /** A client and its grant as a program has declared and deployed them. */
  async function deployed(name = "crm") {
    const { apiClient, scopeGrant } = await newRun();
    const crm = { name, managedBy: ownerOf("apiClient", name) };
    const client = await apiClient.create(crm);
    const grant = {
      ...{ client: client.id, managedBy: ownerOf("scopeGrant", name) },
      permissions: { "list:profile": true, "export:segment": true },
    };
    const { outs } = await scopeGrant.create(grant);
    return { id: client.id, crm, client: stateOf(client.outs), grant, granted: stateOf(outs) };
  }

  type Deployed = Awaited<ReturnType<typeof deployed>>;

  /** Takes the critical permission away, as the next deployment of the program. */
  async function reduced({ id, grant, granted }: Deployed) {
    const declared = { ...grant, permissions: { "list:profile": true } };
    const { scopeGrant } = await newRun();
    const { outs } = await scopeGrant.update(id, granted, declared);
    return { declared, state: stateOf(outs) };
  }

  async function refreshed({ scopeGrant }: Handlers, id: string, state: Properties): Promise<Properties> {
    const { props = {} } = await scopeGrant.read(id, state);
    return stateOf(props);
  }

  it("has no epoch in it while nothing was restored, as the states of earlier versions", async () => {
    const { client, granted } = await deployed();

    assert.deepEqual([client["epoch"], granted["epoch"]], [undefined, undefined]);
  });

  describe("that was announced", () => {
    it("is refused by a diff, an update and a delete, in one sentence", async () => {
      const { id, crm, client, grant, granted } = await deployed();
      const { epoch } = await announce();
      const { apiClient, scopeGrant } = await newRun();

      const message = `the state is of epoch 1 of the backend, which is at epoch ${epoch}: ${ADVICE}`;
      await assert.rejects(apiClient.diff(id, client, crm), { message });
      await assert.rejects(apiClient.update(id, client, { ...crm, description: "new" }), { message });
      await assert.rejects(apiClient.delete(id, client), { message });
      await assert.rejects(scopeGrant.diff(id, granted, grant), { message });
      await assert.rejects(scopeGrant.update(id, granted, { ...grant, permissions: {} }), { message });
      await assert.rejects(scopeGrant.delete(id, granted), { message });
      const live = await backend.admin.grants.get("acme", id);
      assert.equal(live.permissions.length, 2);
    });

    it("is taken again after a refresh, which gives it the epoch", async () => {
      const { id, crm, client } = await deployed();
      const { epoch } = await announce();
      const { apiClient } = await newRun();

      const { props = {} } = await apiClient.read(id, client);

      assert.equal(props["epoch"], epoch);
      assert.deepEqual(await apiClient.diff(id, stateOf(props), crm), { changes: false });
      await apiClient.delete(id, stateOf(props));
    });

    it("keeps the epoch of the run in what is made and changed", async () => {
      const { epoch } = await announce();

      const { id, client, granted } = await deployed();

      assert.deepEqual([client["epoch"], granted["epoch"]], [epoch, epoch]);
      const { apiClient } = await newRun();
      const { outs } = await apiClient.update(id, client, { name: "CRM", managedBy: client["managedBy"] });
      assert.equal(outs["epoch"], epoch);
    });

    it("whose secrets were ended gets the version to declare with the refresh, and that one works", async () => {
      const { id, crm, client } = await deployed();
      await announce(true);
      const handlers = await newRun();

      const { props = {} } = await handlers.apiClient.read(id, client);

      const [warning] = handlers.warnings;
      assert.match(warning ?? "", /the secret of version 1 in the state no longer works; declare secretVersion: 2 for/);
      const state = stateOf(props);
      const declared = { ...crm, secretVersion: 2 };
      await handlers.apiClient.diff(id, state, declared);
      const { outs } = await handlers.apiClient.update(id, state, declared);
      const clientSecret = String(stateOf(outs)["clientSecret"]);
      await backend.admin.grants.put("acme", id, { permissions: ["list:profile"] }, { ifMatch: 1 });
      assert.ok((await backend.admin.oauth.token({ clientId: id, clientSecret })).access_token);
    });

    it("says with the refresh that another secret has the version of the one in the state", async () => {
      const { id, crm, client } = await deployed();
      const before = await dump();
      const { outs } = await (await newRun()).apiClient.update(id, client, { ...crm, secretVersion: 2 });
      await restoreDatabase(backend.database, before);
      await backend.admin.clients.update("acme", id, { secretVersion: 2 }, { ifMatch: 1 });
      const { apiClient, warnings } = await newRun();

      await apiClient.read(id, stateOf(outs));

      assert.match(
        warnings.join(),
        /: the secret of version 2 in the state no longer works; declare secretVersion: 3 for a new secret; without effect/,
      );
    });

    it("names the client that it has brought back, where the program wants the name or the owner again", async () => {
      const { id, crm, client: made } = await deployed();
      // One that was never changed and never used would be taken over as after a crash.
      const { outs } = await (await newRun()).apiClient.update(id, made, { ...crm, description: "in use" });
      const before = await dump();
      await (await newRun()).apiClient.delete(id, stateOf(outs));
      await restoreDatabase(backend.database, before);
      await announce();
      const { apiClient } = await newRun();

      const hint = `if the program had removed it before the database of the backend was restored, the restore has brought it back: delete it with \`xtremepush-access-backend client delete ${id} --project acme\``;
      await assert.rejects(apiClient.create({ ...crm, name: "another name" }), (error: Error) => {
        assert.equal(error.message.split("\n").at(-1), hint);
        return true;
      });
      const { failures } = await apiClient.check({}, { name: crm.name, managedBy: ownerOf("apiClient", "other") });
      assert.deepEqual(failures, []);
      await assert.rejects(
        apiClient.create({ name: crm.name, managedBy: ownerOf("apiClient", "other") }),
        (error: Error) => error.message.split("\n").includes(hint),
      );
    });
  });

  describe("that nobody announced", () => {
    it("is refused when it has a later change than the backend, and a refresh shows what is back", async () => {
      const stack = await deployed();
      const before = await dump();
      const { declared, state } = await reduced(stack);
      await restoreDatabase(backend.database, before);
      const handlers = await newRun();

      await assert.rejects(handlers.scopeGrant.diff(stack.id, state, declared), (error: Error) => {
        assert.equal(
          error.message,
          `the state has a change of ${state["updatedTime"]}, but the latest change on the backend is of ${stack.granted["updatedTime"]}: ${UNANNOUNCED}`,
        );
        return true;
      });
      const live = await refreshed(handlers, stack.id, state);
      assert.deepEqual(Object.keys(live["permissions"] ?? {}), ["list:profile", "export:segment"]);
      assert.deepEqual(await handlers.scopeGrant.diff(stack.id, live, declared), {
        changes: undefined,
        replaces: [],
      });
    });

    it("is refused by its revision where somebody has changed something else since", async () => {
      const stack = await deployed();
      const before = await dump();
      const { declared, state } = await reduced(stack);
      const renamed = await (await newRun()).apiClient.update(stack.id, stack.client, { ...stack.crm, name: "CRM" });
      await restoreDatabase(backend.database, before);
      await backend.admin.clients.create("acme", { name: "of somebody else" });
      const { apiClient, scopeGrant } = await newRun();

      const ofGrant = {
        message: `the grant of client ${stack.id} is at revision 1, but the state has revision 2: ${UNANNOUNCED}`,
      };
      await assert.rejects(scopeGrant.update(stack.id, state, { ...declared, permissions: {} }), ofGrant);
      await assert.rejects(scopeGrant.delete(stack.id, state), ofGrant);
      const client = stateOf(renamed.outs);
      const ofClient = {
        message: `client ${stack.id} ("crm") is at revision 1, but the state has revision 2: ${UNANNOUNCED}`,
      };
      await assert.rejects(apiClient.update(stack.id, client, { ...stack.crm, name: "CRM 2" }), ofClient);
      await assert.rejects(apiClient.diff(stack.id, client, { ...stack.crm, secretVersion: 2 }), ofClient);
      await assert.rejects(apiClient.delete(stack.id, client), ofClient);
    });
  });

  it("is refused with an explicit Provider as well, by the epoch of its own backend", async () => {
    const { id, crm, client } = await deployed();
    const { epoch } = await announce();
    const { endpoint, environment } = backend;
    const { apiClient } = await openHandlers(
      { EU_TOKEN: environment["XTREMEPUSH_TOKEN"] ?? "" },
      { "xtremepush:endpoint": endpoint, "xtremepush:project": "acme", "xtremepush:tokenVariable": "EU_TOKEN" },
    );

    await assert.rejects(apiClient.diff(id, client, crm), {
      message: `the state is of epoch 1 of the backend, which is at epoch ${epoch}: ${ADVICE}`,
    });
  });

  it("is no state that a run has read after somebody changed it in the meantime", async () => {
    const { id, grant, granted } = await deployed();
    const handlers = await newRun();
    await handlers.scopeGrant.diff(id, granted, grant);
    await backend.admin.grants.put("acme", id, { permissions: [], managedBy: grant.managedBy }, { ifMatch: 1 });

    const live = await refreshed(handlers, id, granted);

    assert.deepEqual(await handlers.scopeGrant.diff(id, live, grant), { changes: undefined, replaces: [] });
  });

  it("costs a run no request: the two of its start answer for every resource", async () => {
    const { id, crm, client, grant, granted } = await deployed();
    const proxy = await startWatchingProxy(backend.endpoint);
    const { apiClient, scopeGrant } = await openHandlers({
      ...backend.environment,
      XTREMEPUSH_ENDPOINT: proxy.endpoint,
    });

    await apiClient.diff(id, client, crm);
    await scopeGrant.diff(id, granted, grant);

    assert.deepEqual([...proxy.requests].sort(), ["GET /v1/backend", "GET /v1/projects/acme"]);
    await proxy.close();
  });
});

describe("the check for a restore", () => {
  const backendAt = (changedTime: string | null): Backend => ({ id: "xpb_a", version: "1", epoch: 1, changedTime });
  const [ONE, TWO, THREE] = ["01", "02", "03"].map((day) => `2030-05-${day}T00:00:00.000Z`) as [string, string, string];

  it("asks the backend again once for all later changes", async () => {
    let asked = 0;
    const check = new RestoreCheck(backendAt(ONE), async () => {
      asked += 1;
      return backendAt(THREE);
    });

    for (const updatedTime of [ONE, TWO, THREE]) await check.assertKnown({ epoch: 1, updatedTime });

    assert.equal(asked, 1);
  });

  it("lets every state of its epoch pass on a backend that does not say when it was changed", async () => {
    const check = new RestoreCheck(backendAt(null), () => assert.fail("it was asked"));

    await check.assertKnown({ epoch: 1, updatedTime: THREE });
    await check.assertKnown({ epoch: 1 });
    await assert.rejects(check.assertKnown({ epoch: 2 }), {
      message: `the state is of epoch 2 of the backend, which is at epoch 1: ${UNANNOUNCED}`,
    });
  });
});

function ownerOf(type: "apiClient" | "scopeGrant", name: string): string {
  const { token } = RESOURCE_TYPES[type];
  return composeOwner(
    "acme-org",
    composeUrn({ stack: "dev", pulumiProject: "programs", parent: "", type: token, name }),
  );
}
