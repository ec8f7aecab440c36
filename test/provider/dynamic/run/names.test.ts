import assert from "node:assert/strict";
import { AccessClient } from "xtremepush-access";
import { Names } from "../../../../provider/src/dynamic/run/names";
import { type ProviderBackend, startProviderBackend } from "../../../support/provider/handlers";
import { fillProject } from "../../../support/provider/many-clients";
import { startWatchingProxy, type WatchingProxy } from "../../../support/sdk/watching-proxy";

const LISTING = "GET /v1/projects/acme/clients?limit=1000";

describe("which client has a name", () => {
  let backend: ProviderBackend;
  let proxy: WatchingProxy;
  let crm: string;
  before(async () => {
    backend = await startProviderBackend();
    proxy = await startWatchingProxy(backend.endpoint);
    crm = (await backend.admin.clients.create("acme", { name: "CRM" })).id;
  });
  after(async () => {
    await proxy.close();
    await backend.close();
  });
  beforeEach(() => {
    proxy.sinceLast();
  });

  function openNames(project = "acme") {
    const access = new AccessClient({ endpoint: proxy.endpoint, token: backend.adminToken });
    return { access, names: new Names(access, project) };
  }
  const FREE = Array.from({ length: 20 }, (_, index) => `free ${index}`);

  it("asks once for each of a few names", async () => {
    const { names } = openNames();

    const found = [await names.holderOf("CRM"), await names.holderOf("CRM"), await names.holderOf("free")];

    assert.deepEqual(
      found.map((client) => client?.id),
      [crm, crm, undefined],
    );
    assert.deepEqual(proxy.sinceLast(), [
      "GET /v1/projects/acme/clients?limit=1&name=CRM",
      "GET /v1/projects/acme/clients?limit=1&name=free",
    ]);
  });

  it("answers many names from one listing", async () => {
    const { names } = openNames();

    for (const name of FREE) assert.equal(await names.holderOf(name), null);

    assert.equal((await names.holderOf("CRM"))?.id, crm);
    assert.deepEqual(proxy.sinceLast().slice(8), [LISTING]);
  });

  it("asks for each name of a project whose listing has several pages", async () => {
    await fillProject(backend.database, "beta", 1_001);
    const { names } = openNames("beta");

    for (const name of FREE) assert.equal(await names.holderOf(name), null);

    assert.equal(proxy.sinceLast().length, FREE.length + 1);
  });

  it("asks nothing after a write, which tells by itself", async () => {
    const { names, access } = openNames();
    await access.clients.create("acme", { name: "written" });
    proxy.sinceLast();

    assert.equal(await names.holderOf("CRM"), null);
    assert.deepEqual(proxy.sinceLast(), []);
  });
});
