import assert from "node:assert/strict";
import { type EngineBench, openEngineBench, programOf, UP } from "../support/engine/engine";
import { startWatchingProxy, type WatchingProxy } from "../support/sdk/watching-proxy";

describe("a refresh of two hundred clients and their grants reads pages", function () {
  this.timeout(300_000);

  let bench: EngineBench;
  let proxy: WatchingProxy;
  before(async () => {
    bench = await openEngineBench("refresh-many");
    proxy = await startWatchingProxy(bench.endpoint);
    await bench.stack.write(
      "index.js",
      programOf(`
        for (let index = 0; index < 200; index++) {
          const client = new ApiClient("client-" + index, { name: "Client " + index, secretVersion: 0 });
          new ScopeGrant("client-" + index, { client, permissions: ["list:segment"] });
        }`),
    );
    const environment = { PULUMI_EXPERIMENTAL: "true", PULUMI_SKIP_CHECKPOINTS: "true" };
    await bench.stack.with(environment).succeed(...UP);
  });
  after(async () => {
    await proxy.close();
    await bench.close();
  });

  it("with a request for each page and for each of the first seven reads, and finds what has changed", async () => {
    const [changed, gone] = await bench.clients();
    await bench.ana.grants.put("refresh-many", changed?.id ?? "", { permissions: ["delete:list"] }, { ifMatch: 1 });
    await bench.ana.clients.delete("refresh-many", gone?.id ?? "", { ifMatch: 1 });
    const stack = bench.stack.with({ XTREMEPUSH_ENDPOINT: proxy.endpoint });

    const output = await stack.succeed("refresh", "--preview-only", "--diff");

    const reads = proxy.requests.filter((request) => request.includes("/clients"));
    const pages = reads.filter((request) => request.includes("/clients?"));
    // Seven reads, two of what is gone, and a page for each five seconds.
    assert.ok(reads.length - pages.length <= 9, reads.join("\n"));
    assert.ok(pages.length >= 1 && pages.length <= 20, reads.join("\n"));
    assert.match(output, /\+ delete:list\s*: true/);
    assert.match(output, /- 2 to delete/);
  });
});
