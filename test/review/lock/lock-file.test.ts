import assert from "node:assert/strict";
import { RESOURCE_MODULE } from "pulumi-xtremepush/protocol";
import { compare } from "../../../review/src/compare/compare";
import { accessIn, lockText, readLock } from "../../../review/src/lock/lock-file";
import { ReviewFailure } from "../../../review/src/review-failure";
import { manifestOf } from "../../support/review/manifests";

const MANIFEST = manifestOf([
  { resource: "crm", permissions: ["list:tag"], publicKeys: { "2026-q1": "ff" }, source: "src/a..b/index.ts:12" },
]);
const [CLIENT] = MANIFEST.clients;
const [GRANT] = MANIFEST.grants;
const URN = `urn:pulumi:prod::access::${RESOURCE_MODULE}:ApiClient::crm`;

/** Why a lock file is refused; null when it is read. */
function refusal(text: string): string | null {
  try {
    readLock(text, "access/access.prod.json");
    return null;
  } catch (error) {
    if (error instanceof ReviewFailure) return error.message;
    throw error;
  }
}

const withClient = (more: object) => JSON.stringify({ ...MANIFEST, clients: [{ ...CLIENT, ...more }] });

describe("a lock file", () => {
  it("is read as it was written", () => {
    assert.deepEqual(readLock(lockText(MANIFEST), "a.json"), MANIFEST);
    assert.equal(refusal(withClient({ source: null })), null);
    assert.equal(refusal(withClient({ urn: URN.replace("pulumi-nodejs", "acme:index:Team$pulumi-nodejs") })), null);
  });

  it("holds only the options that a resource has, apart from retained", () => {
    const written = manifestOf([{ resource: "crm", replaceOnChanges: ["name"] }]);

    const [client] = JSON.parse(lockText(written)).clients;

    assert.deepEqual(client.replaceOnChanges, ["name"]);
    assert.deepEqual(
      ["protect", "deletedWith", "replaceWith", "replacementTrigger", "replaced", "secretOverlap"].filter(
        (key) => key in client,
      ),
      [],
    );
    assert.deepEqual(readLock(lockText(written), "a.json"), written);
  });

  it("of version 1 makes its stack uncertain, because it leaves out options", () => {
    const { uncertain, version } = readLock(JSON.stringify({ ...MANIFEST, version: 1 }), "a.json");

    assert.equal(version, 3);
    assert.deepEqual(uncertain, [
      "its lock file is of version 1, which leaves out resource options; write it again with `xtremepush-access-review lock`",
    ]);
  });

  it("of version 2 does not know what is protected, and is as certain as before", () => {
    const { protect: _, ...client } = CLIENT ?? {};
    const { protect: __, ...grant } = GRANT ?? {};

    const read = readLock(JSON.stringify({ ...MANIFEST, version: 2, clients: [client], grants: [grant] }), "a.json");

    const why =
      "its lock file is of version 2, which does not say whether it is protected; write it again with `xtremepush-access-review lock`";
    assert.deepEqual([read.version, read.uncertain], [3, []]);
    assert.deepEqual(
      [...read.clients, ...read.grants].map(({ protect }) => protect),
      [{ unknown: why }, { unknown: why }],
    );
    assert.equal(compare([read], [MANIFEST]).verdict, "none");
    assert.equal(compare([read], [manifestOf([])]).environments[0]?.clients[0]?.unknown, why);
  });

  it("of version 2 does not match a program before it is written again", () => {
    assert.notDeepEqual(accessIn(readLock(JSON.stringify({ ...MANIFEST, version: 2 }), "a.json")), accessIn(MANIFEST));
  });

  it("is refused when a resource is in it twice", () => {
    assert.match(
      refusal(JSON.stringify({ ...MANIFEST, clients: [CLIENT, { ...CLIENT, name: "Other" }] })) ?? "",
      /^access\/access\.prod\.json is not a valid lock file: clients\.1\.urn: it appears twice; write it again with/,
    );
    assert.match(
      refusal(JSON.stringify({ ...MANIFEST, grants: [GRANT, GRANT] })) ?? "",
      /: grants\.1\.urn: it appears twice;/,
    );
  });

  it("is refused when a resource is of another stack, project or type", () => {
    for (const urn of [
      URN.replace("prod", "dev"),
      URN.replace("::access::", "::other::"),
      URN.replace("ApiClient", "ScopeGrant"),
      URN.replace(`${RESOURCE_MODULE}:ApiClient`, "random:index:Pet"),
      `prefix ${URN}`,
      "crm",
    ]) {
      assert.match(refusal(withClient({ urn })) ?? "", /: clients\.0\.urn: it is not of type ApiClient in this stack;/);
    }
    assert.match(
      refusal(JSON.stringify({ ...MANIFEST, grants: [{ ...GRANT, urn: `${URN}-2` }] })) ?? "",
      /: grants\.0\.urn: it is not of type ScopeGrant in this stack;/,
    );
  });

  it("is refused when a key has an invalid label", () => {
    assert.match(refusal(withClient({ publicKeys: { "a b": "ff" } })) ?? "", /: clients\.0\.publicKeys/);
  });

  it("is refused with a property that JavaScript hides", () => {
    const hidden = JSON.stringify(MANIFEST).replace('"2026-q1"', '"__proto__":"ee","2026-q1"');
    assert.match(hidden, /__proto__/);

    assert.match(
      refusal(hidden) ?? "",
      /^access\/access\.prod\.json is not a valid lock file: it has a property __proto__;/,
    );
  });

  it("is refused when its catalog is not a version", () => {
    for (const catalog of [
      "",
      "0.1",
      "v0.1.0",
      "0.1.0 as approved by security. Nothing to decide",
      "0.1.0-acme/other#5",
      `0.1.0-${"1".repeat(60)}`,
    ]) {
      assert.match(refusal(JSON.stringify({ ...MANIFEST, catalog })) ?? "", /: catalog: /, catalog);
    }
    for (const catalog of ["0.1.0", "10.20.30", "1.0.0-rc.1", "1.0.0-next.1+build.5"]) {
      assert.equal(refusal(JSON.stringify({ ...MANIFEST, catalog })), null);
    }
  });

  it("is refused when a position is not a line of a file below the program", () => {
    for (const source of [
      "index.ts",
      "index.ts:0",
      ":3",
      "/etc/passwd:3",
      "../index.ts:3",
      "src/../../index.ts:3",
      "src\\..\\index.ts:3",
      "index.ts:3\n:4",
      "\ud800.ts:3",
      "",
    ]) {
      assert.match(refusal(withClient({ source })) ?? "", /: clients\.0\.source: it is not a position/, source);
    }
  });

  it("is compared with the owner only where another owner replaces the resource", () => {
    const ownersIn = (replaceOnChanges: string[]) =>
      accessIn(manifestOf([{ resource: "crm", replaceOnChanges }])).clients.map(({ owner }) => owner !== null);

    assert.deepEqual([[], ["name"], ["managedBy"], ["*"]].flatMap(ownersIn), [false, false, true, true]);
  });
});
