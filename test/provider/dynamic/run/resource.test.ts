import assert from "node:assert/strict";
import type { Properties } from "../../../../provider/src/dynamic/run/wire";
import { type HandledClient, makeHandledClient } from "../../../support/provider/handled-client";
import { type ProviderBackend, startProviderBackend, stateOf } from "../../../support/provider/handlers";

const MESSAGE =
  /^the state of client xpc_\w{26} cannot be read: revision: Invalid input: [^;]*\. Run `pulumi refresh`, which reads it from the backend again$/;

describe("a state that cannot be read", () => {
  let backend: ProviderBackend;
  let client: HandledClient;
  let broken: Properties;
  before(async () => {
    backend = await startProviderBackend();
    client = await makeHandledClient(backend);
    const { revision: _, ...rest } = client.state;
    broken = rest;
  });
  after(() => backend.close());

  it("names the field and what to do, in a preview, an update and a delete", async () => {
    const { handlers, id, declared } = client;

    await assert.rejects(handlers.apiClient.diff(id, broken, declared), { message: MESSAGE });
    await assert.rejects(handlers.apiClient.update(id, broken, declared), { message: MESSAGE });
    await assert.rejects(handlers.apiClient.delete(id, broken), { message: MESSAGE });
  });

  it("never prints a value, which may be a secret", async () => {
    const { handlers, id, declared, state } = client;
    const secrets = { ...state, clientSecret: ["a secret"], name: { value: "a secret" } };

    await assert.rejects(handlers.apiClient.diff(id, secrets, declared), ({ message }: Error) => {
      assert.match(message, /: name: .*; clientSecret: /);
      assert.doesNotMatch(message, /a secret/);
      return true;
    });
  });

  it("is complete again after a read, and keeps its secret", async () => {
    const { handlers, id, state } = client;

    const { props = {} } = await handlers.apiClient.read(id, broken);

    assert.deepEqual(stateOf(props), state);
  });
});
