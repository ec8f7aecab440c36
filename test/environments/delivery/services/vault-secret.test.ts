import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { inspect } from "node:util";
import { VaultSecret } from "../../../../environments/src/delivery/services/vault-secret";
import { HOSTILE_VALUES } from "../../../support/environments/hostile-values";
import { type ServiceServer, serviceServers } from "../../../support/environments/service-server";
import { type FakeVault, fakeVault, VAULT_TOKEN } from "../../../support/environments/vault-server";
import { removeTemporaryFolders, temporaryFolder } from "../../../support/process/temporary-folder";
import { fakeClock } from "../../../support/sdk/fake-clock";

const VALUES = { clientId: "xpc_a", clientSecret: "xpcs_b", project: "acme" };
const KEYS = { client_id: "clientId", client_secret: "clientSecret" } as const;

// Vault's own server is not run here. `go install` refuses its module because of `replace` directives; with those for its own submodules
// dropped, `go build -tags minimal` of 1.21.4 downloads hundreds of modules and had not ended after 15 minutes on two busy cores.
describe("a secret of Vault as a destination", () => {
  const start = serviceServers();
  let vault: FakeVault;
  let server: ServiceServer;
  beforeEach(async () => {
    vault = fakeVault();
    server = await start((request) => vault.handle(request));
  });
  after(removeTemporaryFolders);

  const secretOf = (
    settings: Partial<ConstructorParameters<typeof VaultSecret>[0]> = {},
    variables: Readonly<Record<string, string>> = { VAULT_TOKEN },
  ) =>
    new VaultSecret(
      { mount: "secret", path: "crm/dev", keys: KEYS, url: server.url, ...settings },
      { variables: { HOME: "/none", ...variables }, clock: fakeClock() },
    );
  const held = () => vault.secrets.get("crm/dev")?.at(-1)?.data;

  it("gets the keys of the delivery, once", async () => {
    await secretOf().deliver(VALUES);
    await secretOf().deliver(VALUES);

    assert.deepEqual(held(), { client_id: "xpc_a", client_secret: "xpcs_b" });
    assert.equal(vault.secrets.get("crm/dev")?.length, 1);
  });

  it("is missing, current or stale", async () => {
    const missing = await secretOf().check(VALUES);
    await secretOf().deliver(VALUES);
    const current = await secretOf().check(VALUES);
    const stale = await secretOf().check({ ...VALUES, clientSecret: "xpcs_c" });

    assert.deepEqual(
      [missing, current, stale, await secretOf().check(null)],
      ["missing", "current", "stale", "unknown"],
    );
  });

  it("keeps the keys of others, also one that is written meanwhile", async () => {
    vault.secrets.set("crm/dev", [{ data: { other: "1" }, isDeleted: false }]);
    vault.beforeWrite = () => {
      vault.beforeWrite = () => undefined;
      vault.secrets.get("crm/dev")?.push({ data: { other: "1", third: 3 }, isDeleted: false });
    };

    await secretOf().deliver(VALUES);
    const delivered = held();
    await secretOf().remove();

    assert.deepEqual(delivered, { other: "1", third: 3, client_id: "xpc_a", client_secret: "xpcs_b" });
    assert.deepEqual(held(), { other: "1", third: 3 });
  });

  it("gives up when every write is lost", async () => {
    vault.beforeWrite = () => {
      vault.secrets.set("crm/dev", [...(vault.secrets.get("crm/dev") ?? []), { data: {}, isDeleted: false }]);
    };

    await assert.rejects(secretOf().deliver(VALUES), {
      message: "Vault refused 5 writes of secret/crm/dev, because others were writing it; run it again",
    });
  });

  it("is written over a version that was deleted", async () => {
    vault.secrets.set("crm/dev", [{ data: { old: "1" }, isDeleted: true }]);

    await secretOf().deliver(VALUES);

    assert.deepEqual(held(), { client_id: "xpc_a", client_secret: "xpcs_b" });
  });

  it("goes with all of its versions when nothing else is in it, and can be removed again", async () => {
    await secretOf().deliver(VALUES);

    await secretOf().remove();
    await secretOf().remove();

    assert.equal(vault.secrets.has("crm/dev"), false);
  });

  it("is left alone by a removal when somebody has deleted it", async () => {
    vault.secrets.set("crm/dev", [{ data: { old: "1" }, isDeleted: true }]);

    await secretOf().remove();

    assert.equal(vault.secrets.get("crm/dev")?.length, 1);
  });

  for (const [what, value] of Object.entries(HOSTILE_VALUES)) {
    it(`holds ${what} as it is`, async () => {
      await secretOf().deliver({ ...VALUES, clientSecret: value });

      assert.equal(held()?.["client_secret"], value);
      assert.equal(await secretOf().check({ ...VALUES, clientSecret: value }), "current");
    });
  }

  it("refuses a NUL", async () => {
    await assert.rejects(secretOf().deliver({ ...VALUES, clientSecret: "a\0b" }), {
      message:
        "the value of client_secret has a NUL or half of a character, which no variable can hold; deliver another value",
    });
  });

  it("takes the token of `vault login`, and the address and namespace that Vault's users set", async () => {
    const HOME = temporaryFolder();
    writeFileSync(path.join(HOME, ".vault-token"), `${VAULT_TOKEN}\n`);
    vault.namespace = "teams/crm";

    await secretOf({ url: undefined, namespace: "teams/crm" }, { HOME, VAULT_ADDR: server.url }).deliver(VALUES);

    assert.deepEqual(Object.keys(held() ?? {}), ["client_id", "client_secret"]);
  });

  it("is refused before any request without a token or an address", async () => {
    const { VAULT_ADDR, ...none } = { VAULT_ADDR: "http://vault.example.com" };

    await assert.rejects(secretOf({}, none).check(null), {
      message: "no token for Vault is set; set VAULT_TOKEN, or run `vault login`",
      exitCode: 2,
    });
    await assert.rejects(secretOf({ tokenVariable: "CRM_VAULT_TOKEN" }).check(null), {
      message: "no token for Vault is set; set CRM_VAULT_TOKEN",
    });
    await assert.rejects(secretOf({}, { VAULT_TOKEN: "a b" }).check(null), {
      message:
        "the token in VAULT_TOKEN has a space, a line break or another character that no token has; copy it again",
    });
    await assert.rejects(secretOf({ url: undefined }).check(null), {
      message: "the address of Vault is not known; set VAULT_ADDR, or `url` of the delivery",
    });
    await assert.rejects(secretOf({ url: undefined }, { VAULT_TOKEN, VAULT_ADDR }).check(null), {
      message:
        "VAULT_ADDR is not valid: a URL starts with https:, or with http: for this machine, and has no user, password, query or fragment",
    });
    assert.deepEqual(server.requests, []);
  });

  it("is refused before anything is changed when the token may not write or remove it", async () => {
    vault.policies[VAULT_TOKEN] = { "secret/data/crm/dev": ["read", "update"] };

    await assert.rejects(secretOf().check(null), {
      message:
        "Vault: the token in VAULT_TOKEN lacks create on secret/data/crm/dev and delete on secret/metadata/crm/dev; give its policy these capabilities",
    });
    vault.policies[VAULT_TOKEN] = { "secret/data/crm/dev": ["root"], "secret/metadata/crm/dev": ["root"] };
    assert.equal(await secretOf().check(null), "unknown");
  });

  it("is refused with a token that Vault does not know", async () => {
    await assert.rejects(secretOf({}, { VAULT_TOKEN: "hvs.wrong" }).check(null), {
      message: `Vault at ${server.url}: the token in VAULT_TOKEN is not valid, has expired, or may not do this; get a new one, or let its policy allow secret/crm/dev`,
    });
  });

  it("is refused where no KV v2 engine is", async () => {
    const capable = { "old/data/crm/dev": ["root"], "old/metadata/crm/dev": ["root"] };
    vault.policies[VAULT_TOKEN] = { ...capable, "kv/data/crm/dev": ["root"], "kv/metadata/crm/dev": ["root"] };

    for (const mount of ["old", "kv"]) {
      await assert.rejects(secretOf({ mount }).check(null), {
        message: `Vault: no KV v2 engine is mounted at ${mount}; name its mount in \`mount\`, or upgrade it from version 1`,
      });
    }
  });

  it("has neither the credential nor the token in an error", async () => {
    vault.policies[VAULT_TOKEN] = { "secret/data/crm/dev": ["read"] };

    const error: unknown = await secretOf()
      .deliver(VALUES)
      .catch((thrown: unknown) => thrown);

    assert.ok(error instanceof Error);
    assert.doesNotMatch(inspect(error, { depth: null, showHidden: true }), /xpcs_b|hvs\.right/);
  });
});
