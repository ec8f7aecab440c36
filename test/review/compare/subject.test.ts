import assert from "node:assert/strict";
import { compare } from "../../../review/src/compare/compare";
import { manifestOf, type WrittenClient } from "../../support/manifests";

/** What changes for each client, by the name of its resource. */
function effectsOf(before: readonly WrittenClient[], after: readonly WrittenClient[]): Record<string, string[]> {
  const { environments } = compare([manifestOf(before)], [manifestOf(after)]);
  const clients = environments.flatMap((environment) => environment.clients);
  return Object.fromEntries(clients.map(({ id, effects }) => [id.split("::").at(-1), effects]));
}

describe("what is known of a client", () => {
  it("does not know what an adopted client may do until a grant declares it", () => {
    const adopted = { resource: "crm", adopt: "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa" };
    const why = "it is adopted, and no grant declares what it may do";

    const [client] = compare([], [manifestOf([adopted])]).environments[0]?.clients ?? [];

    assert.deepEqual([client?.effects, client?.unknown], [["unknown", "created"], why]);
    assert.deepEqual(effectsOf([adopted], [{ ...adopted, secretVersion: 2 }]), { crm: ["unknown", "recredentialed"] });
    const granted = { ...adopted, permissions: ["list:tag"] };
    assert.deepEqual(effectsOf([adopted], [granted]), { crm: ["unknown"] });
    assert.deepEqual(effectsOf([granted], [{ ...granted, secretVersion: 2 }]), { crm: ["recredentialed"] });
  });

  it("says nothing of an adopted client that stays as it is, whatever it may do", () => {
    const adopted = { resource: "crm", adopt: "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa" };

    assert.deepEqual(effectsOf([adopted], [adopted]), {});
    assert.deepEqual(effectsOf([adopted], [{ ...adopted, name: "CRM" }]), { crm: ["renamed"] });
    assert.deepEqual(effectsOf([adopted], [{ ...adopted, adopt: "xpc_bbbbbbbbbbbbbbbbbbbbbbbbbb" }]), {
      crm: ["unknown", "recredentialed"],
    });
  });
});
