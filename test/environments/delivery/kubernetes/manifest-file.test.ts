import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { parse, parseDocument } from "yaml";
import { KubernetesSecret } from "../../../../environments/src/delivery/kubernetes/kubernetes-secret";
import { ManifestFile } from "../../../../environments/src/delivery/kubernetes/manifest-file";
import { removeTemporaryFolders, temporaryFolder } from "../../../support/process/temporary-folder";

const VALUES = { clientId: "xpc_a", clientSecret: "xpcs_b", project: "acme" };
const KEYS = { "client-id": "clientId", "client-secret": "clientSecret" } as const;

describe("a manifest of a Secret as a destination", () => {
  let folder: string;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  after(removeTemporaryFolders);

  const secretOf = (
    keys: ConstructorParameters<typeof KubernetesSecret>[0]["keys"] = KEYS,
    place: Readonly<Record<string, string>> = {},
  ) => new KubernetesSecret({ namespace: "apps", name: "crm", keys, ...place }, new ManifestFile(folder, "crm.yaml"));
  const file = () => path.join(folder, "crm.yaml");
  const textOf = () => readFileSync(file(), "utf8");

  it("is made for its owner alone", async () => {
    await secretOf().deliver(VALUES);

    assert.equal(
      textOf(),
      `apiVersion: v1
kind: Secret
metadata:
  name: crm
  namespace: apps
  labels:
    app.kubernetes.io/managed-by: xtremepush-access-env
type: Opaque
data:
  client-id: eHBjX2E=
  client-secret: eHBjc19i
`,
    );
    assert.equal(statSync(file()).mode & 0o777, 0o600);
  });

  it("has nothing to remove where its folder is not there", async () => {
    const secret = new KubernetesSecret(
      { namespace: "apps", name: "crm", keys: KEYS },
      new ManifestFile(folder, "out/crm.yaml"),
    );

    assert.equal(await secret.check(null, true), "unknown");
    await secret.remove();
    await assert.rejects(secret.check(null), { message: /is not a writable folder/ });
    await assert.rejects(secret.deliver(VALUES), { message: /is not a writable folder/ });
  });

  it("is missing, current or stale, and keeps the keys of other deliveries", async () => {
    const missing = await secretOf().check(VALUES);
    await secretOf().deliver(VALUES);
    await secretOf({ project: "project" }).deliver(VALUES);
    const current = await secretOf().check(VALUES);
    const stale = await secretOf().check({ ...VALUES, clientSecret: "xpcs_c" });
    await secretOf().remove();
    const { data } = parse(textOf());
    await secretOf({ project: "project" }).remove();
    await secretOf().remove();

    assert.deepEqual([missing, current, stale], ["missing", "current", "stale"]);
    assert.deepEqual(data, { project: "YWNtZQ==" });
    assert.equal(existsSync(file()), false);
  });

  it("gives each value back as it was, whatever is in it", async () => {
    const text = fc.string({ unit: "grapheme" }).filter((value) => value.isWellFormed() && !value.includes("\0"));
    const key = fc.stringMatching(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,20}$/);

    await fc.assert(
      fc.asyncProperty(fc.dictionary(key, text, { minKeys: 1, noNullPrototype: true }), async (values) => {
        const fields = Object.fromEntries(Object.keys(values).map((name) => [name, name]));
        const store = new ManifestFile(temporaryFolder(), "crm.yaml");
        // The fields of a delivery are a few words; here each key has a field of its own.
        const secret = new KubernetesSecret({ namespace: "no", name: "1e3", keys: fields as typeof KEYS }, store);

        await secret.deliver(values);

        const held = await store.read();
        const { data, metadata } = Object(held);
        const decoded = Object.entries(data).map(([name, value]) => [
          name,
          Buffer.from(String(value), "base64").toString(),
        ]);
        assert.deepEqual(Object.fromEntries(decoded), values);
        assert.deepEqual([metadata.namespace, metadata.name], ["no", "1e3"]);
        assert.equal(await secret.check(values), "current");
      }),
      { numRuns: 50 },
    );
  });

  it("reads the same by the YAML of Go's parsers, of version 1.1", async () => {
    await secretOf({ yes: "clientId", "1e3": "project" }, { namespace: "no", name: "0x1" }).deliver(VALUES);

    const held = parseDocument(textOf(), { version: "1.1" }).toJS();

    assert.deepEqual([held.metadata.namespace, held.metadata.name], ["no", "0x1"]);
    assert.deepEqual(Object.keys(held.data).toSorted(), ["1e3", "yes"]);
  });

  const others = {
    "Helm's":
      "apiVersion: v1\nkind: Secret\nmetadata: { name: crm, namespace: apps, labels: { app.kubernetes.io/managed-by: Helm } }\n",
    "one without a label": "apiVersion: v1\nkind: Secret\nmetadata: { name: crm, namespace: apps }\n",
    "another Secret":
      "apiVersion: v1\nkind: Secret\nmetadata: { name: erp, namespace: apps, labels: { app.kubernetes.io/managed-by: xtremepush-access-env } }\n",
    "not a Secret": "apiVersion: v1\nkind: ConfigMap\n",
    empty: "",
    "two documents": "a: 1\n---\nb: 2\n",
    "not YAML": "a: [",
  };
  for (const [what, text] of Object.entries(others)) {
    it(`leaves a file alone that is ${what}`, async () => {
      writeFileSync(file(), text);

      await assert.rejects(secretOf().check(null), { name: "EnvironmentFailure" });
      await assert.rejects(secretOf().deliver(VALUES), { name: "EnvironmentFailure" });
      await assert.rejects(secretOf().remove(), { name: "EnvironmentFailure" });
      assert.equal(textOf(), text);
    });
  }

  it("is refused where it cannot be written, before anything is changed", async () => {
    symlinkSync("other", file());

    await assert.rejects(secretOf().check(null), {
      message: '"crm.yaml" is a symbolic link, and a delivery would replace it; name another file',
      exitCode: 2,
    });
  });

  it("refuses a NUL", async () => {
    await assert.rejects(secretOf().deliver({ ...VALUES, clientSecret: "\0" }), {
      message: /^the value of client-secret/,
    });
  });
});
