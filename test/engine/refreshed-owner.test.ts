import assert from "node:assert/strict";
import {
  crmProgram,
  type EngineBench,
  openEngineBench,
  ownerOf,
  programOf,
  REFRESH,
  UP,
} from "../support/engine/engine";

describe("a refresh in the run that removes a resource", function () {
  this.timeout(60_000);

  let bench: EngineBench;
  before(async () => {
    bench = await openEngineBench("refreshed-owner");
  });
  after(() => bench.close());

  it("leaves the client and the grant to the program that has taken them", async () => {
    const other = 'new ApiClient("other", { name: "Other" });';
    await bench.stack.write("index.js", `${crmProgram("list:segment")}\n${other}`);
    await bench.stack.succeed(...UP);
    const { id } = (await bench.clients()).find(({ name }) => name === "CRM sync") ?? assert.fail("no client");
    const [client, grant] = [ownerOf("ApiClient", "crm"), ownerOf("ScopeGrant", "crm")].map((owner) =>
      owner.replace(":dev::", ":prod::"),
    );
    const permissions = ["list:segment"] as const;
    await bench.admin.clients.update("refreshed-owner", id, { managedBy: client ?? null }, { ifMatch: 1 });
    await bench.admin.grants.put("refreshed-owner", id, { permissions, managedBy: grant ?? null }, { ifMatch: 1 });
    await bench.stack.succeed(...REFRESH);
    await bench.stack.write("index.js", programOf(other));

    const output = await bench.stack.succeed(...UP, "--refresh");

    const live = (await bench.clients()).find((each) => each.id === id);
    assert.deepEqual([live?.managedBy, live?.grant.managedBy, live?.grant.permissions], [client, grant, permissions]);
    assert.match(output, /is not deleted: it is now managed by /);
  });
});
