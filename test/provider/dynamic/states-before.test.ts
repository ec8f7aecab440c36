import assert from "node:assert/strict";
import {
  type Handlers,
  openHandlers,
  type ProviderBackend,
  startProviderBackend,
  stateOf,
} from "../../support/provider/handlers";
import { liveState, type StateBefore, statesBefore, withoutActors } from "../../support/provider/states-before";

describe("the handlers of a state that an earlier version has written", () => {
  let backend: ProviderBackend;
  before(async () => {
    backend = await startProviderBackend();
  });
  after(() => backend.close());
  afterEach(async () => {
    for await (const { id, revision } of backend.admin.clients.list("acme")) {
      await backend.admin.clients.delete("acme", id, { ifMatch: revision });
    }
  });

  async function opened(state: StateBefore) {
    const handlers = await openHandlers(backend.environment);
    return { handlers, handler: handlerOf(handlers, state), ...(await liveState(backend, state)) };
  }

  const states = statesBefore();
  for (const state of states.filter(({ unmanaged }) => !unmanaged)) {
    const [what, next] = state.changes ? ["a", "the declared state back"] : ["no", "a change"];

    it(`show ${what} change, of ${nameOf(state)}`, async () => {
      const { handlers, handler, id, given, inputs, outputs } = await opened(state);

      const checked = await handler.check(inputs, given);
      const diff = await handler.diff(id, outputs, checked.inputs);

      assert.deepEqual(checked.failures, []);
      if (!state.changes) assert.deepEqual(checked.inputs, inputs);
      assert.equal(diff.changes, state.changes || state.leftToEngine ? undefined : false);
      assert.deepEqual(diff.replaces ?? [], []);
      assert.deepEqual(handlers.warnings, []);
    });

    it(`write ${next}, of ${nameOf(state)}`, async () => {
      const { handler, id, type, given, inputs, outputs } = await opened(state);
      const change = type === "ApiClient" ? { description: "Another" } : { permissions: { "list:campaign": true } };
      const news = (await handler.check(inputs, { ...given, ...change })).inputs;

      const updated = handler.update(id, outputs, news);

      if (state.title === "is another program's by now")
        return assert.rejects(updated, { message: /is now managed by other-org\// });
      const { outs } = await updated;
      const { description, ...live } = await backend.admin.clients.get("acme", id);
      const { permissions, ...grant } = await backend.admin.grants.get("acme", id);
      assert.deepEqual(
        type === "ApiClient" ? description : permissions,
        Object.values(change).map((to) => (type === "ApiClient" ? to : Object.keys(to)))[0],
      );
      assert.deepEqual(outs["revision"], type === "ApiClient" ? live.revision : grant.revision);
      assert.deepEqual(stateOf(outs)["clientSecret"], outputs["clientSecret"]);
      assert.equal(outs["owner"], given["managedBy"]);
    });
  }

  for (const state of states) {
    it(`read what they have read, of ${nameOf(state)}`, async () => {
      const { handler, id, outputs, refreshed } = await opened(state);

      const { inputs, props = {}, id: answered } = await handler.read(id, outputs);

      assert.equal(answered, id);
      assert.deepEqual(inputs, refreshed.inputs);
      assert.deepEqual(withoutActors(stateOf(props)), withoutActors(refreshed.props));
    });
  }

  for (const state of states.filter(({ unmanaged }) => !unmanaged)) {
    it(`delete what is its own, of ${nameOf(state)}`, async () => {
      const { handlers, handler, id, type, outputs } = await opened(state);

      await handler.delete(id, outputs);

      // Without an owner in the state nothing says that it is still the resource's own.
      const isTaken = state.title === "is another program's by now" || !("owner" in outputs);
      const isThere = await backend.admin.clients.get("acme", id).then(
        () => true,
        () => false,
      );
      assert.equal(isThere, isTaken || type === "ScopeGrant");
      if (type === "ScopeGrant") {
        const { permissions } = await backend.admin.grants.get("acme", id);
        assert.deepEqual(permissions, isTaken ? ["list:segment"] : []);
      }
      assert.equal(handlers.warnings.length, isTaken ? 1 : 0);
    });
  }
});

function nameOf({ type, title }: StateBefore): string {
  return `${type === "ApiClient" ? "a client" : "a grant"} that ${title}`;
}

function handlerOf({ apiClient, scopeGrant }: Handlers, { type }: StateBefore) {
  return type === "ApiClient" ? apiClient : scopeGrant;
}
