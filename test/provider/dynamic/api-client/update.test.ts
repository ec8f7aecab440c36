import assert from "node:assert/strict";
import { ROTATION_VARIABLE, rotationRequest } from "pulumi-xtremepush/protocol";
import { AccessClient } from "xtremepush-access";
import { readPublicKey } from "xtremepush-access/keys";
import { makeHandledClient, works } from "../../../support/provider/handled-client";
import { openHandlers, type ProviderBackend, startProviderBackend, stateOf } from "../../../support/provider/handlers";
import { makeCertificate, makeKeyPair } from "../../../support/sdk/certificates";

const requestOf = (owner: string, version: number) => ({
  [ROTATION_VARIABLE]: rotationRequest(new Map([[owner, version]])),
});

describe("the handlers of ApiClient, when a secret is rotated", () => {
  let backend: ProviderBackend;
  before(async () => {
    backend = await startProviderBackend();
  });
  after(() => backend.close());

  it("make a second secret and let the first live", async () => {
    const { handlers, id, declared, state } = await makeHandledClient(backend);

    const { outs } = await handlers.apiClient.update(id, state, { ...declared, secretVersion: 2 });

    const after = stateOf(outs);
    assert.equal(after["secretVersion"], 2);
    assert.notEqual(after["clientSecret"], state["clientSecret"]);
    assert.deepEqual([await works(backend, id, state), await works(backend, id, after)], [true, true]);
    assert.deepEqual(handlers.warnings, []);
  });

  it("end the first at once when the overlap says so", async () => {
    const { handlers, id, declared, state } = await makeHandledClient(backend);

    const { outs } = await handlers.apiClient.update(id, state, { ...declared, secretVersion: 2, secretOverlap: "0s" });

    assert.equal(outs["secretOverlap"], "0s");
    assert.deepEqual([await works(backend, id, state), await works(backend, id, stateOf(outs))], [false, true]);
  });

  it("end the first later, by an overlap without a rotation", async () => {
    const { handlers, id, declared, state } = await makeHandledClient(backend);
    const rotated = { ...declared, secretVersion: 2 };
    const { outs } = await handlers.apiClient.update(id, state, rotated);

    await handlers.apiClient.update(id, stateOf(outs), { ...rotated, secretOverlap: "0s" });

    assert.deepEqual([await works(backend, id, state), await works(backend, id, stateOf(outs))], [false, true]);
  });

  it("leave the end of the first where it is when the overlap is taken out of the program", async () => {
    const { handlers, id, declared, state } = await makeHandledClient(backend);
    const rotated = { ...declared, secretVersion: 2 };
    const { outs } = await handlers.apiClient.update(id, state, { ...rotated, secretOverlap: "7d" });
    const { secrets: before } = await backend.admin.clients.get("acme", id);

    const after = await handlers.apiClient.update(id, stateOf(outs), rotated);

    assert.equal(after.outs["secretOverlap"], null);
    assert.deepEqual((await backend.admin.clients.get("acme", id)).secrets, before);
  });

  it("keep the version that there is when the program declares none", async () => {
    const { handlers, declared } = await makeHandledClient(backend);
    const { secretVersion: _, ...without } = declared;

    const { inputs, failures } = await handlers.apiClient.check({ ...declared, secretVersion: 2 }, without);
    const first = await handlers.apiClient.check({ ...declared, secretVersion: 0 }, without);

    assert.deepEqual([inputs["secretVersion"], failures], [2, []]);
    assert.equal(first.inputs["secretVersion"], 1, "without a secret, the default makes the first one");
  });

  it("make the version that the run was asked for, and keep the first secret whatever the overlap is", async () => {
    const { id, declared, state } = await makeHandledClient(backend, { secretOverlap: "0s" });
    const { secretVersion: _, ...without } = declared;
    const handlers = await openHandlers({ ...backend.environment, ...requestOf(declared.managedBy, 2) });

    const { inputs } = await handlers.apiClient.check(declared, without);
    const { outs } = await handlers.apiClient.update(id, state, inputs);
    const again = await handlers.apiClient.check(inputs, without);

    assert.deepEqual([outs["secretVersion"], outs["secretOverlap"]], [2, "0s"]);
    assert.deepEqual([await works(backend, id, state), await works(backend, id, stateOf(outs))], [true, true]);
    assert.deepEqual(await handlers.apiClient.diff(id, stateOf(outs), again.inputs), { changes: false });
    const [first] = (await backend.admin.clients.get("acme", id)).secrets;
    const days = (Date.parse(first?.expiresTime ?? "") - Date.now()) / 86_400_000;
    assert.ok(days > 89, `the first secret ends in ${days} days`);
  });

  it("leave a client alone that the run was not asked for", async () => {
    const { declared } = await makeHandledClient(backend);
    const { secretVersion: _, ...without } = declared;
    const handlers = await openHandlers({ ...backend.environment, ...requestOf("another owner", 2) });

    assert.equal((await handlers.apiClient.check(declared, without)).inputs["secretVersion"], 1);
  });

  it("leave the secrets alone when something else changes", async () => {
    const { handlers, id, declared, state } = await makeHandledClient(backend);

    const { outs } = await handlers.apiClient.update(id, state, { ...declared, description: "two" });

    assert.equal(stateOf(outs)["clientSecret"], state["clientSecret"]);
    assert.equal(await works(backend, id, state), true);
  });

  it("take their own, interrupted change for what it is, also after a rotation by hand", async () => {
    const { handlers, id, declared, state } = await makeHandledClient(backend);
    await backend.admin.clients.update("acme", id, { secretVersion: 2 }, { ifMatch: 1 });
    const { props = {} } = await handlers.apiClient.read(id, state);
    const wanted = { ...declared, description: "two" };
    await handlers.apiClient.update(id, stateOf(props), wanted);

    const { outs } = await handlers.apiClient.update(id, stateOf(props), wanted);

    assert.deepEqual([outs["description"], outs["secretVersion"]], ["two", 1]);
  });

  it("end no secret over a rotation by hand that the state does not know", async () => {
    const { handlers, id, declared, state } = await makeHandledClient(backend);
    await backend.admin.clients.update("acme", id, { secretVersion: 2 }, { ifMatch: 1 });

    await assert.rejects(handlers.apiClient.update(id, state, { ...declared, secretOverlap: "0s" }), {
      message: /\n {2}secretVersion: 2 -> 1\n/,
    });

    assert.equal(await works(backend, id, state), true);
  });

  it("leave nothing secret in the state when there must be no secret", async () => {
    const { handlers, id, declared, state } = await makeHandledClient(backend);

    const { outs } = await handlers.apiClient.update(id, state, { ...declared, secretVersion: 0 });

    assert.deepEqual([outs["clientSecret"], outs["secretVersion"]], [null, 0]);
    assert.equal((await backend.admin.clients.get("acme", id)).secretVersion, 0);
  });

  it("make a client without a secret, and give it one later", async () => {
    const { handlers, id, declared, state } = await makeHandledClient(backend, { secretVersion: 0 });

    const { outs } = await handlers.apiClient.update(id, state, { ...declared, secretVersion: 1 });

    assert.deepEqual([state["clientSecret"], state["secretVersion"]], [null, 0]);
    assert.equal(await works(backend, id, stateOf(outs)), true);
  });

  it("get the secret of an interrupted rotation also after a refresh, when the state held none", async () => {
    const { handlers, id, declared, state } = await makeHandledClient(backend, { secretVersion: 0 });
    const wanted = { ...declared, secretVersion: 1 };
    await backend.admin.clients.update("acme", id, { secretVersion: 1 }, { ifMatch: 1 });

    const once = stateOf((await handlers.apiClient.read(id, state)).props ?? {});
    const refreshed = stateOf((await handlers.apiClient.read(id, once)).props ?? {});
    const diff = await handlers.apiClient.diff(id, refreshed, wanted);
    const { outs } = await handlers.apiClient.update(id, refreshed, wanted);

    assert.deepEqual([refreshed["secretVersion"], refreshed["clientSecret"], diff], [1, null, { changes: true }]);
    assert.equal(await works(backend, id, stateOf(outs)), true);
    assert.deepEqual(await handlers.apiClient.diff(id, stateOf(outs), wanted), { changes: false });
    assert.match(
      handlers.warnings[0] ?? "",
      /^secret version 1 of client .* was never used: the update replaces it\. /,
    );
  });

  it("keep a secret that came into use after the refresh that missed it", async () => {
    const { handlers, id, declared, state } = await makeHandledClient(backend, { secretVersion: 0 });
    const { clientSecret } = await backend.admin.clients.update("acme", id, { secretVersion: 1 }, { ifMatch: 1 });
    const refreshed = stateOf((await handlers.apiClient.read(id, state)).props ?? {});
    assert.equal(await works(backend, id, { ...state, clientSecret }), true);

    await assert.rejects(handlers.apiClient.diff(id, refreshed, { ...declared, secretVersion: 1 }), {
      message: /^secret version 1 of client .* is in use by now: run `pulumi refresh`, which keeps it$/,
    });
  });

  it("end a secret that somebody made by hand for a client that must have none", async () => {
    const { handlers, id, declared, state } = await makeHandledClient(backend, { secretVersion: 0 });
    await backend.admin.clients.update("acme", id, { secretVersion: 1 }, { ifMatch: 1 });
    const refreshed = stateOf((await handlers.apiClient.read(id, state)).props ?? {});

    const diff = await handlers.apiClient.diff(id, refreshed, declared);
    const { outs } = await handlers.apiClient.update(id, refreshed, declared);

    assert.deepEqual([diff, outs["secretVersion"]], [{ changes: true }, 0]);
    assert.equal((await backend.admin.clients.get("acme", id)).secretVersion, 0);
  });

  it("request no secret that is in use, and none that the state never had", async () => {
    const { handlers, id, declared, state } = await makeHandledClient(backend, { secretVersion: 0 });
    const { clientSecret } = await backend.admin.clients.update("acme", id, { secretVersion: 1 }, { ifMatch: 1 });
    assert.equal(await works(backend, id, { ...state, clientSecret }), true);

    const refreshed = stateOf((await handlers.apiClient.read(id, state)).props ?? {});

    assert.equal("secretMissing" in refreshed, false);
    assert.deepEqual(await handlers.apiClient.diff(id, refreshed, { ...declared, secretVersion: 1 }), {
      changes: false,
    });
    assert.equal("secretMissing" in ((await handlers.apiClient.read(id, {})).props ?? {}), false);
  });

  it("take a state from before there were versions for what it is", async () => {
    const { handlers, id, declared, state } = await makeHandledClient(backend);
    const { secretVersion: _, secretOverlap: _none, publicKeys: _keys, keyExpiry: _expiry, ...old } = state;
    const { secretVersion: _one, ...inputs } = declared;

    const { inputs: checked } = await handlers.apiClient.check(inputs, inputs);
    const diff = await handlers.apiClient.diff(id, old, checked);
    const { outs } = await handlers.apiClient.update(id, old, { ...checked, description: "two" });

    assert.deepEqual(checked, inputs);
    assert.deepEqual(diff, { changes: false });
    assert.deepEqual(await handlers.apiClient.diff(id, old, declared), { changes: false });
    assert.deepEqual([outs["secretVersion"], stateOf(outs)["clientSecret"]], [1, state["clientSecret"]]);
  });

  it("read a client of that old state without a warning, and without another input", async () => {
    const { handlers, id, declared, state } = await makeHandledClient(backend);
    const { secretVersion: _, secretOverlap: _none, publicKeys: _keys, keyExpiry: _expiry, ...old } = state;

    const { secretVersion: _one, ...inputs } = declared;

    const read = await handlers.apiClient.read(id, old);

    assert.deepEqual(read.inputs, inputs);
    assert.deepEqual(stateOf(read.props ?? {}), state);
    assert.deepEqual(handlers.warnings, []);
  });

  describe("refuse in the preview", () => {
    it("a third secret within the overlap", async () => {
      const { handlers, id, declared, state } = await makeHandledClient(backend);
      const { outs } = await handlers.apiClient.update(id, state, { ...declared, secretVersion: 2 });

      await assert.rejects(handlers.apiClient.diff(id, stateOf(outs), { ...declared, secretVersion: 3 }), {
        message:
          /already has two live secrets, and version 1 lives until .*: wait until then, or declare secretOverlap: "0s"/,
      });
      const atOnce = { ...declared, secretVersion: 3, secretOverlap: "0s" };
      assert.deepEqual(await handlers.apiClient.diff(id, stateOf(outs), atOnce), { changes: undefined });
    });

    it("what the backend refuses in the update, when the preview was another's", async () => {
      const { handlers, id, declared, state } = await makeHandledClient(backend);
      const { outs } = await handlers.apiClient.update(id, state, { ...declared, secretVersion: 2 });

      await assert.rejects(handlers.apiClient.update(id, stateOf(outs), { ...declared, secretVersion: 3 }), {
        message: /409/,
      });

      assert.equal((await backend.admin.clients.get("acme", id)).secretVersion, 2);
    });

    it("a version that goes down", async () => {
      const { handlers, declared } = await makeHandledClient(backend);

      const { failures } = await handlers.apiClient.check({ ...declared, secretVersion: 3 }, declared);

      assert.deepEqual(failures, [
        {
          property: "",
          reason:
            "secretVersion: it was 3 and cannot go back to 1, the default; declare 3 to keep that secret, 4 for a new secret, or 0 for none",
        },
      ]);
    });

    it("a version that the program declares and the run is to exceed", async () => {
      const { declared } = await makeHandledClient(backend);
      const handlers = await openHandlers({ ...backend.environment, ...requestOf(declared.managedBy, 2) });

      const { failures } = await handlers.apiClient.check(declared, declared);

      assert.deepEqual(failures, [
        {
          property: "",
          reason:
            "secretVersion: the program declares 1, so this run cannot rotate to 2; declare 2, or leave secretVersion out",
        },
      ]);
    });

    it("an overlap that is no duration", async () => {
      const { handlers, declared } = await makeHandledClient(backend);

      const { failures } = await handlers.apiClient.check(declared, { ...declared, secretOverlap: "a day" });

      assert.match(failures[0]?.reason ?? "", /^secretOverlap: .*, for example "24h"$/);
    });
  });

  describe("and the answer was lost", () => {
    it("ask again for the version, and say so", async () => {
      const { handlers, id, declared, state } = await makeHandledClient(backend);
      const wanted = { ...declared, secretVersion: 2, description: "two" };
      const lost = stateOf((await handlers.apiClient.update(id, state, wanted)).outs);

      assert.deepEqual(await handlers.apiClient.diff(id, state, wanted), { changes: undefined });
      const healed = stateOf((await handlers.apiClient.update(id, state, wanted)).outs);

      assert.notEqual(healed["clientSecret"], lost["clientSecret"]);
      assert.deepEqual([healed["secretVersion"], healed["description"]], [2, "two"]);
      assert.equal(await works(backend, id, lost), false);
      assert.deepEqual([await works(backend, id, state), await works(backend, id, healed)], [true, true]);
      assert.match(handlers.warnings.join("\n"), /^secret version 2 of client .* a new secret has replaced it$/);
    });

    it("ask again for the version after a refresh, too, which says what it has found", async () => {
      const { handlers, id, declared, state } = await makeHandledClient(backend);
      const wanted = { ...declared, secretVersion: 2 };
      await handlers.apiClient.update(id, state, wanted);

      const read = await handlers.apiClient.read(id, state);
      const refreshed = stateOf(read.props ?? {});
      const healed = stateOf((await handlers.apiClient.update(id, refreshed, wanted)).outs);

      assert.equal(read.inputs?.["secretVersion"], 1);
      assert.deepEqual([refreshed["secretVersion"], refreshed["clientSecret"]], [1, state["clientSecret"]]);
      assert.match(
        handlers.warnings[0] ?? "",
        /^client .* is at secret version 2, and the secret of version 1 in the state works until .*; declare secretVersion: 3 for a new secret, or 2 to replace the live secret, which was never used and then stops working; without effect while the program has secretVersion in ignoreChanges\n {2}revision 2, pipeline at /,
      );
      assert.equal(await works(backend, id, healed), true);
      assert.match(
        handlers.warnings[1] ?? "",
        /^secret version 2 of client .* was made by pipeline at .*Z by an interrupted/,
      );
    });

    it("say whose unused secret has ended, when it was another actor's", async () => {
      const { handlers, id, declared, state } = await makeHandledClient(backend);
      const { clientSecret } = await backend.admin.clients.update("acme", id, { secretVersion: 2 }, { ifMatch: 1 });
      const { secrets } = await backend.admin.clients.get("acme", id);

      const { outs } = await handlers.apiClient.update(id, state, { ...declared, secretVersion: 2 });

      assert.deepEqual(handlers.warnings, [
        `secret version 2 of client ${id} ("${declared.name}") was made by admin at ${secrets[1]?.createdTime} and was never used: a new secret has replaced it, and it no longer works`,
      ]);
      assert.deepEqual(
        [await works(backend, id, { clientSecret }), await works(backend, id, stateOf(outs))],
        [false, true],
      );
    });

    it("do not ask again for a version that is in use, and name the next", async () => {
      const { handlers, id, declared, state } = await makeHandledClient(backend);
      const wanted = { ...declared, secretVersion: 2 };
      const lost = stateOf((await handlers.apiClient.update(id, state, wanted)).outs);
      await works(backend, id, lost);

      await assert.rejects(handlers.apiClient.diff(id, state, wanted), {
        message: /^secret version 2 of client .* is in use since .*; declare secretVersion: 3$/,
      });
      await assert.rejects(handlers.apiClient.update(id, state, wanted), { message: /409.*version 3/ });

      assert.equal(await works(backend, id, lost), true);
    });

    it("find that there must be no secret", async () => {
      const { handlers, id, declared, state } = await makeHandledClient(backend);
      const wanted = { ...declared, secretVersion: 0 };
      await handlers.apiClient.update(id, state, wanted);

      const { outs } = await handlers.apiClient.update(id, state, wanted);

      assert.deepEqual([outs["clientSecret"], outs["secretVersion"], outs["revision"]], [null, 0, 2]);
    });

    it("speak of no fresh secret when there must be none at once", async () => {
      const { handlers, id, declared, state } = await makeHandledClient(backend);
      const wanted = { ...declared, secretVersion: 0, secretOverlap: "0s" };
      await handlers.apiClient.update(id, state, wanted);

      const { outs } = await handlers.apiClient.update(id, state, wanted);

      assert.deepEqual([outs["clientSecret"], outs["secretVersion"]], [null, 0]);
      assert.deepEqual(handlers.warnings, []);
    });
  });

  describe("and somebody else has changed the client meanwhile", () => {
    it("list who, when and what, and rotate nothing", async () => {
      const { handlers, id, declared, state } = await makeHandledClient(backend);
      const { updatedTime } = await backend.admin.clients.update("acme", id, { description: "hand" }, { ifMatch: 1 });

      await assert.rejects(handlers.apiClient.update(id, state, { ...declared, secretVersion: 2 }), {
        message: [
          `client ${id} ("${declared.name}") was changed by admin at ${updatedTime} (revision 1 -> 2)`,
          `  revision 2, admin at ${updatedTime}:`,
          '    description: null -> "hand"',
          "from live to declared:",
          '  description: "hand" -> null',
          "run `pulumi refresh` to take the live state into account, then try again",
        ].join("\n"),
      });

      assert.equal((await backend.admin.clients.get("acme", id)).secretVersion, 1);
    });

    it("do not give a secret back to a client from which somebody took it", async () => {
      const { handlers, id, declared, state } = await makeHandledClient(backend);
      await backend.admin.clients.update("acme", id, { secretVersion: 0 }, { ifMatch: 1 });

      await assert.rejects(handlers.apiClient.update(id, state, { ...declared, secretVersion: 2 }), {
        message: /\n {2}secretVersion: 0 -> 2\n/,
      });

      assert.equal((await backend.admin.clients.get("acme", id)).secretVersion, 0);
    });

    it("rotate when nothing but the revision is another", async () => {
      const { handlers, id, declared, state } = await makeHandledClient(backend);
      await backend.admin.clients.update("acme", id, { description: "hand" }, { ifMatch: 1 });
      await backend.admin.clients.update("acme", id, { description: null }, { ifMatch: 2 });

      const { outs } = await handlers.apiClient.update(id, state, { ...declared, secretVersion: 2 });

      assert.equal(await works(backend, id, stateOf(outs)), true);
      assert.deepEqual(handlers.warnings, []);
    });

    it("end the secret when nothing but the revision is another", async () => {
      const { handlers, id, declared, state } = await makeHandledClient(backend);
      await backend.admin.clients.update("acme", id, { description: "hand" }, { ifMatch: 1 });
      await backend.admin.clients.update("acme", id, { description: null }, { ifMatch: 2 });

      await handlers.apiClient.update(id, state, { ...declared, secretVersion: 0 });

      assert.equal((await backend.admin.clients.get("acme", id)).secretVersion, 0);
      assert.deepEqual(handlers.warnings, []);
    });

    it("name an actor whose name is not plain as JSON", async () => {
      const { handlers, id, declared, state } = await makeHandledClient(backend);
      const token = await backend.makeActor("editor", ["acme"], { name: 'ana"; run rm' });
      const other = new AccessClient({ endpoint: backend.endpoint, token });
      await other.clients.update("acme", id, { description: "hand" }, { ifMatch: 1 });

      await assert.rejects(handlers.apiClient.update(id, state, { ...declared, description: "two" }), {
        message: /was changed by "ana\\"; run rm" at /,
      });
    });

    it("keep the version of the state's own secret, until the program asks for another", async () => {
      const { handlers, id, declared, state } = await makeHandledClient(backend);
      await backend.admin.clients.update("acme", id, { secretVersion: 5 }, { ifMatch: 1 });
      const read = await handlers.apiClient.read(id, state);
      const refreshed = stateOf(read.props ?? {});

      const { outs } = await handlers.apiClient.update(id, refreshed, { ...declared, description: "two" });

      assert.deepEqual([outs["secretVersion"], stateOf(outs)["clientSecret"]], [1, state["clientSecret"]]);
      assert.deepEqual(await handlers.apiClient.diff(id, refreshed, declared), { changes: false });
      await assert.rejects(handlers.apiClient.diff(id, refreshed, { ...declared, secretVersion: 4 }), {
        message: /already had secret version 5, so it cannot have version 4; declare secretVersion: 6$/,
      });
    });
  });
});

describe("the handlers of ApiClient, when public keys change", () => {
  let backend: ProviderBackend;
  before(async () => {
    backend = await startProviderBackend();
  });
  after(() => backend.close());

  it("send them with the client, and answer their ends", async () => {
    const { publicKey } = await makeKeyPair();
    const until = new Date(Date.now() + 86_400_000);
    until.setMilliseconds(0);
    const { certificate } = await makeCertificate({ notAfter: until });
    const declared = { bare: publicKey, signed: readPublicKey(certificate).pem };

    const { id, state } = await makeHandledClient(backend, { publicKeys: declared });

    assert.deepEqual(state["publicKeys"], declared);
    assert.deepEqual(state["keyExpiry"], { bare: null, signed: until.toISOString() });
    const { publicKeys } = await backend.admin.clients.get("acme", id);
    assert.deepEqual(Object.keys(publicKeys).sort(), ["bare", "signed"]);
  });

  it("add one, replace one and remove one", async () => {
    const [first, second, third] = await Promise.all([makeKeyPair(), makeKeyPair(), makeKeyPair()]);
    const before = { a: first.publicKey, b: second.publicKey };
    const { handlers, id, declared, state } = await makeHandledClient(backend, { publicKeys: before });
    const after = { b: third.publicKey, c: first.publicKey };

    assert.deepEqual(await handlers.apiClient.diff(id, state, { ...declared, publicKeys: after }), {
      changes: undefined,
    });
    const { outs } = await handlers.apiClient.update(id, state, { ...declared, publicKeys: after });

    assert.deepEqual(outs["publicKeys"], after);
    assert.deepEqual(outs["keyExpiry"], { b: null, c: null });
    assert.deepEqual(await handlers.apiClient.diff(id, outs, { ...declared, publicKeys: after }), { changes: false });
  });

  it("remove all of them when the program has none any more", async () => {
    const { publicKey } = await makeKeyPair();
    const { handlers, id, declared, state } = await makeHandledClient(backend, { publicKeys: { a: publicKey } });
    const { publicKeys: _, ...without } = declared;

    assert.deepEqual(await handlers.apiClient.diff(id, state, without), { changes: undefined });
    const { outs } = await handlers.apiClient.update(id, state, without);

    assert.deepEqual(outs["publicKeys"], {});
    assert.deepEqual((await backend.admin.clients.get("acme", id)).publicKeys, {});
  });

  it("find their own, interrupted change", async () => {
    const { publicKey } = await makeKeyPair();
    const { handlers, id, declared, state } = await makeHandledClient(backend);
    const wanted = { ...declared, publicKeys: { a: publicKey } };
    await handlers.apiClient.update(id, state, wanted);

    const { outs } = await handlers.apiClient.update(id, state, wanted);

    assert.deepEqual([outs["publicKeys"], outs["revision"]], [{ a: publicKey }, 2]);
    assert.deepEqual(handlers.warnings, []);
  });

  it("name the keys that somebody else has given, by their fingerprints", async () => {
    const { publicKey } = await makeKeyPair();
    const { handlers, id, declared, state } = await makeHandledClient(backend);
    await backend.admin.clients.update("acme", id, { publicKeys: { hand: publicKey } }, { ifMatch: 1 });

    await assert.rejects(handlers.apiClient.update(id, state, { ...declared, description: "two" }), {
      message: /\n {2}publicKeys\.hand: SHA-256 [0-9a-f]{16}… -> none\n/,
    });
  });

  it("show in a refresh what somebody else has given", async () => {
    const { publicKey } = await makeKeyPair();
    const { handlers, id, state } = await makeHandledClient(backend);
    await backend.admin.clients.update("acme", id, { publicKeys: { hand: publicKey } }, { ifMatch: 1 });

    const read = await handlers.apiClient.read(id, state);

    assert.deepEqual(read.inputs?.["publicKeys"], { hand: publicKey });
    assert.deepEqual(read.props?.["keyExpiry"], { hand: null });
  });

  it("tell once of a certificate that has expired, and go on", async () => {
    const { certificate } = await makeCertificate({
      notBefore: new Date("2025-01-01"),
      notAfter: new Date("2025-02-01"),
    });
    const handlers = await openHandlers(backend.environment);
    const inputs = { name: "Expired", secretVersion: 1, managedBy: "o/u", publicKeys: { a: certificate } };
    const olds = { ...inputs, publicKeys: { a: readPublicKey(certificate).pem } };

    const first = await handlers.apiClient.check(olds, inputs);
    await handlers.apiClient.check(olds, inputs);

    assert.deepEqual(first.failures, []);
    assert.deepEqual(handlers.warnings, [
      '"Expired": the certificate publicKeys.a expired at 2025-02-01T00:00:00.000Z and is refused until you replace it',
    ]);
  });
});
