import assert from "node:assert/strict";
import { compare } from "../../../review/src/compare/compare";
import { manifestOf, type WrittenClient } from "../../support/review/manifests";

/** What changes for each client, by the name of its resource. */
function effectsOf(before: readonly WrittenClient[], after: readonly WrittenClient[]): Record<string, string[]> {
  const { environments } = compare([manifestOf(before)], [manifestOf(after)]);
  const clients = environments.flatMap((environment) => environment.clients);
  return Object.fromEntries(clients.map(({ id, effects }) => [id.split("::").at(-1), effects]));
}

describe("what is known about a client", () => {
  it("does not know what an adopted client may do until a grant declares it", () => {
    const adopted = { resource: "crm", adopt: "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa" };
    const why = "it is adopted and no grant declares its permissions";

    const [client] = compare([], [manifestOf([adopted])]).environments[0]?.clients ?? [];

    assert.deepEqual([client?.effects, client?.unknown], [["unknown", "created"], why]);
    assert.deepEqual(effectsOf([adopted], [{ ...adopted, secretVersion: 2 }]), {
      crm: ["unknown", "credentials-changed"],
    });
    const granted = { ...adopted, permissions: ["list:tag"] };
    assert.deepEqual(effectsOf([adopted], [granted]), { crm: ["unknown"] });
    assert.deepEqual(effectsOf([granted], [{ ...granted, secretVersion: 2 }]), { crm: ["credentials-changed"] });
  });

  it("reports no change for an adopted client that stays as it is", () => {
    const adopted = { resource: "crm", adopt: "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa" };

    assert.deepEqual(effectsOf([adopted], [adopted]), {});
    assert.deepEqual(effectsOf([adopted], [{ ...adopted, name: "CRM" }]), { crm: ["renamed"] });
    assert.deepEqual(effectsOf([adopted], [{ ...adopted, adopt: "xpc_bbbbbbbbbbbbbbbbbbbbbbbbbb" }]), {
      crm: ["unknown", "credentials-changed"],
    });
  });

  it("does not report a retained client as deleted when it leaves the program", () => {
    const why = "it is retained: it stays alive with its secret and keys after it leaves the program";
    const crm = { resource: "crm", permissions: ["list:tag"], retained: true };
    const gone = (client: WrittenClient) => compare([manifestOf([client])], [manifestOf([])]).environments[0]?.clients;

    const [left] = gone({ ...crm, grant: { retained: true } }) ?? [];
    assert.deepEqual([left?.effects, left?.unknown, left?.before, left?.after], [["unknown"], why, 1, 1]);

    const [bare] = gone(crm) ?? [];
    assert.deepEqual([bare?.effects, bare?.permissions.map(({ sign }) => sign), bare?.after], [["unknown"], ["?"], 0]);

    assert.deepEqual(gone({ ...crm, retained: false, grant: { retained: true } })?.[0]?.effects, [
      "narrowed",
      "deleted",
    ]);
  });

  it("does not report permissions as lost when a retained grant leaves the program", () => {
    const { permissions, ...bare } = { resource: "crm", permissions: ["list:tag"] };
    const before = manifestOf([{ ...bare, permissions, grant: { retained: true } }]);
    const elsewhere = (side: typeof before) => ({
      ...side,
      clients: [],
      grants: side.grants.map((grant) => ({ ...grant, client: "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa" })),
    });

    for (const [base, head] of [
      [before, manifestOf([bare])],
      [elsewhere(before), manifestOf([])],
    ] as const) {
      const [client] = compare([base], [head]).environments[0]?.clients ?? [];
      assert.deepEqual(
        [client?.effects, client?.permissions, client?.after, client?.unknown],
        [
          ["unknown"],
          [],
          1,
          "its grant is retained: the client keeps these permissions after the grant leaves the program",
        ],
      );
    }
    assert.deepEqual(effectsOf([{ ...bare, permissions, grant: { retained: true } }], [{ ...bare, permissions: [] }]), {
      crm: ["narrowed"],
    });
  });
});
