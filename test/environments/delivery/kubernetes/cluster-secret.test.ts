import assert from "node:assert/strict";
import { inspect } from "node:util";
import { ClusterSecret } from "../../../../environments/src/delivery/kubernetes/cluster-secret";
import { KubernetesSecret } from "../../../../environments/src/delivery/kubernetes/kubernetes-secret";
import { HOSTILE_VALUES } from "../../../support/environments/hostile-values";
import { type FakeKubectl, fakeKubectl, restorePath } from "../../../support/environments/kubectl";
import { removeTemporaryFolders } from "../../../support/process/temporary-folder";

const VALUES = { clientId: "xpc_a", clientSecret: "xpcs_b", project: "acme" };
const PLACE = { context: "staging", namespace: "apps", name: "crm" };
const OURS = { "app.kubernetes.io/managed-by": "xtremepush-access-env" };

const secretOf = (place: typeof PLACE = PLACE) =>
  new KubernetesSecret(
    { ...place, keys: { "client-id": "clientId", "client-secret": "clientSecret" } },
    new ClusterSecret(place),
  );
const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("a Secret of a cluster as a destination", () => {
  let kubectl: FakeKubectl;
  restorePath();
  beforeEach(() => {
    kubectl = fakeKubectl();
  });
  after(removeTemporaryFolders);

  const held = () => kubectl.cluster().secrets["apps/crm"];
  const dataOf = (): Record<string, string> =>
    Object.fromEntries(
      Object.entries(held()?.data ?? {}).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]),
    );

  it("is applied with a label that says whose it is, and is missing, current or stale", async () => {
    const missing = await secretOf().check(VALUES);
    await secretOf().deliver(VALUES);
    const current = await secretOf().check(VALUES);
    const stale = await secretOf().check({ ...VALUES, clientSecret: "xpcs_c" });

    assert.deepEqual(
      [missing, current, stale, await secretOf().check(null)],
      ["missing", "current", "stale", "unknown"],
    );
    assert.deepEqual(dataOf(), { "client-id": "xpc_a", "client-secret": "xpcs_b" });
    assert.deepEqual(held()?.metadata.labels, OURS);
  });

  it("has no value in an argument, and names the context and the namespace in every call", async () => {
    await secretOf().check(null);
    await secretOf().deliver(VALUES);
    await secretOf().check(VALUES);
    await secretOf().remove();

    const calls = kubectl.calls().map((args) => args.join(" "));
    assert.ok(calls.every((call) => call.includes("--context staging --namespace apps --request-timeout")));
    assert.ok(!calls.some((call) => call.includes("xpcs_b") || call.includes(base64("xpcs_b"))));
  });

  it("changes nothing in a second delivery", async () => {
    await secretOf().deliver(VALUES);
    await secretOf().deliver(VALUES);

    assert.equal(held()?.metadata.resourceVersion, "1");
  });

  it("keeps the keys of other deliveries, and goes with its last key", async () => {
    const metadata = { name: "crm", namespace: "apps", labels: OURS };
    kubectl.change({ meanwhile: { metadata, data: { other: base64("1") } } });

    await secretOf().deliver(VALUES);
    const delivered = dataOf();
    await secretOf().remove();
    const left = dataOf();
    const other = new KubernetesSecret({ ...PLACE, keys: { other: "clientId" } }, new ClusterSecret(PLACE));
    await other.remove();
    await other.remove();

    assert.deepEqual(delivered, { other: "1", "client-id": "xpc_a", "client-secret": "xpcs_b" });
    assert.deepEqual([left, held()], [{ other: "1" }, undefined]);
  });

  it("is never somebody else's, also one that appears meanwhile", async () => {
    const labels = { "app.kubernetes.io/managed-by": "Helm" };
    const metadata = { name: "crm", namespace: "apps" };
    const theirs = { metadata: { ...metadata, labels }, data: { password: base64("p") } };
    kubectl.change({ meanwhile: theirs });
    const message =
      'the Secret crm of the namespace apps is somebody else\'s: "Helm" manages it; name another one, or set its label app.kubernetes.io/managed-by to xtremepush-access-env';

    await assert.rejects(secretOf().deliver(VALUES), { message });
    await assert.rejects(secretOf().check(null), { message });
    await assert.rejects(secretOf().remove(), { message });
    assert.deepEqual(dataOf(), { password: "p" });

    kubectl.change({ secrets: { "apps/crm": { ...theirs, metadata } } });
    await assert.rejects(secretOf().check(null), {
      message: /is somebody else's: no label says that it is delivered;/,
    });
  });

  for (const [what, value] of Object.entries(HOSTILE_VALUES)) {
    it(`holds ${what} as it is`, async () => {
      await secretOf().deliver({ ...VALUES, clientSecret: value });

      assert.equal(dataOf()["client-secret"], value);
    });
  }

  const checked = {
    "kubectl: this user may not patch secrets/crm in the namespace apps; give it a role with get, create, patch and delete of secrets":
      { denied: ["patch"] },
    'kubectl answered nothing: error: context "staging" does not exist; check the cluster of the context staging, and the rights of its user':
      { failure: 'error: context "staging" does not exist' },
  };
  for (const [message, change] of Object.entries(checked)) {
    it(`is refused before anything is changed: ${message}`, async () => {
      kubectl.change(change);

      await assert.rejects(secretOf().check(null), { message });
    });
  }

  it("fails without what kubectl says of the values", async () => {
    await assert.rejects(secretOf({ ...PLACE, namespace: "none" }).deliver(VALUES), {
      message: "kubectl: the namespace none does not exist; create it first",
    });
    kubectl.change({ denied: [], failure: "Error from server: xpcs_b is not valid" });
    const { code } = await new ClusterSecret(PLACE).write({ a: "xpcs_b" }, true).then(
      () => assert.fail("no error"),
      (error: unknown) => ({ code: inspect(error, { depth: null }) }),
    );

    assert.match(code, /kubectl could not apply "staging apps\/crm" \(1\); its output is not shown/);
    assert.doesNotMatch(code, /xpcs_b/);
  });

  it("fails where kubectl is not installed", async () => {
    process.env["PATH"] = "/none";

    await assert.rejects(secretOf().check(null), {
      message: "kubectl cannot be started (ENOENT); install it, or deliver to a `file`",
    });
  });

  it("refuses more than a Secret holds", async () => {
    await assert.rejects(secretOf().deliver({ ...VALUES, clientSecret: "x".repeat(1024 * 1024) }), {
      message: 'the values for "staging apps/crm" have more than the 1 MiB that a Secret can hold',
    });
  });
});
