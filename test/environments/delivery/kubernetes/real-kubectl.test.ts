import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { ClusterSecret } from "../../../../environments/src/delivery/kubernetes/cluster-secret";
import { KubernetesSecret } from "../../../../environments/src/delivery/kubernetes/kubernetes-secret";
import { HOSTILE_VALUES } from "../../../support/environments/hostile-values";
import { type FakeKubernetes, fakeKubernetes } from "../../../support/environments/kubernetes-server";
import { serviceServers } from "../../../support/environments/service-server";
import { removeTemporaryFolders, temporaryFolder } from "../../../support/process/temporary-folder";

const VALUES = { clientId: "xpc_a", clientSecret: Object.values(HOSTILE_VALUES).join("\n"), project: "acme" };
const KEYS = { "client-id": "clientId", "client-secret": "clientSecret" } as const;

describe("the real kubectl, where it is installed", function () {
  this.timeout(60_000);
  const start = serviceServers();
  const configured = process.env["KUBECONFIG"];
  let kubernetes: FakeKubernetes;
  before(function () {
    if (spawnSync("kubectl", ["version", "--client"]).status !== 0) this.skip();
  });
  beforeEach(async () => {
    kubernetes = fakeKubernetes();
    const { url } = await start((request) => kubernetes.handle(request));
    const file = path.join(temporaryFolder(), "config.json");
    const config = {
      ...{ apiVersion: "v1", kind: "Config", users: [{ name: "test", user: {} }] },
      clusters: [{ name: "test", cluster: { server: url } }],
      contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
    };
    writeFileSync(file, JSON.stringify(config));
    process.env["KUBECONFIG"] = file;
  });
  after(() => {
    if (configured === undefined) delete process.env["KUBECONFIG"];
    else process.env["KUBECONFIG"] = configured;
    removeTemporaryFolders();
  });

  const secretOf = (namespace = "apps") => {
    const place = { context: "test", namespace, name: "crm" };
    return new KubernetesSecret({ ...place, keys: KEYS }, new ClusterSecret(place));
  };

  it("checks, applies, reads back and deletes a Secret", async () => {
    const before = await secretOf().check(null);
    const missing = await secretOf().check(VALUES);
    await secretOf().deliver(VALUES);
    const current = await secretOf().check(VALUES);
    await secretOf().remove();
    await secretOf().remove();

    assert.deepEqual([before, missing, current, kubernetes.secrets.size], ["unknown", "missing", "current", 0]);
  });

  it("starts again when somebody else has changed the Secret meanwhile", async () => {
    await secretOf().deliver(VALUES);
    kubernetes.beforeApply = () => {
      kubernetes.beforeApply = () => undefined;
      const held = kubernetes.secrets.get("crm");
      assert.ok(held);
      const metadata = { ...held.metadata, resourceVersion: "7" };
      kubernetes.secrets.set("crm", { metadata, data: { ...held.data, other: "MQ==" } });
    };

    await secretOf().deliver({ ...VALUES, clientId: "xpc_b" });

    const { data } = kubernetes.secrets.get("crm") ?? {};
    assert.deepEqual([data?.["client-id"], data?.["other"]], ["eHBjX2I=", "MQ=="]);
  });

  it("does not take over a Secret that appears meanwhile", async () => {
    const metadata = { name: "crm", namespace: "apps", resourceVersion: "1" };
    kubernetes.beforeApply = () => void kubernetes.secrets.set("crm", { metadata, data: { password: "cA==" } });

    await assert.rejects(secretOf().deliver(VALUES), {
      message: /^the Secret crm of the namespace apps is somebody else's:/,
    });
    assert.deepEqual(kubernetes.secrets.get("crm")?.data, { password: "cA==" });
  });

  it("says what it may not do, and that a namespace is missing", async () => {
    kubernetes.denied.add("delete");

    await assert.rejects(secretOf().check(null), {
      message: /^kubectl: this user may not delete secrets\/crm in the namespace apps;/,
    });
    await assert.rejects(secretOf("none").deliver(VALUES), {
      message: "kubectl: the namespace none does not exist; create it first",
    });
  });
});
