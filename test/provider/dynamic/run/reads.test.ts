import assert from "node:assert/strict";
import { AccessClient } from "xtremepush-access";
import { Reads } from "../../../../provider/src/dynamic/run/reads";
import { type ProviderBackend, startProviderBackend } from "../../../support/provider/handlers";
import { fillProject } from "../../../support/provider/many-clients";
import { pausedClock } from "../../../support/sdk/paused-clock";
import { startWatchingProxy, type WatchingProxy } from "../../../support/sdk/watching-proxy";

const PAGE = "GET /v1/projects/acme/clients?limit=1000";

describe("the reads of a provider process", () => {
  let backend: ProviderBackend;
  let proxy: WatchingProxy;
  const ids: string[] = [];
  before(async () => {
    backend = await startProviderBackend();
    proxy = await startWatchingProxy(backend.endpoint);
    for (let index = 0; index < 12; index++) {
      const { id } = await backend.admin.clients.create("acme", { name: `Client ${index}` });
      await backend.admin.grants.put("acme", id, { permissions: ["list:segment"] }, { ifMatch: 0 });
      ids.push(id);
    }
  });
  after(async () => {
    await proxy.close();
    await backend.close();
  });
  beforeEach(() => {
    proxy.onAnswer = async () => undefined;
    proxy.sinceLast();
  });

  function openReads() {
    const clock = pausedClock();
    const access = new AccessClient({
      endpoint: proxy.endpoint,
      token: backend.environment["XTREMEPUSH_TOKEN"],
      maxRetries: 0,
    });
    return { clock, access, reads: new Reads(access, "acme", clock) };
  }
  const idAt = (index: number) => ids[index] ?? "";
  const [single, grantOf] = [
    (index: number) => `GET /v1/projects/acme/clients/${idAt(index)}`,
    (index: number) => `GET /v1/projects/acme/clients/${idAt(index)}/permissions`,
  ];
  /** Reads the first seven clients, so that the next read is the eighth in quick succession. */
  async function readSeven({ reads }: { reads: Reads }) {
    for (const id of ids.slice(0, 7)) await reads.client(id);
    proxy.sinceLast();
  }
  /** Reads eight clients, so that the next ones come from a page. */
  async function readEight(opened: { reads: Reads }) {
    await readSeven(opened);
    await opened.reads.client(idAt(7));
    proxy.sinceLast();
  }

  it("are single while they are few", async () => {
    const { reads } = openReads();

    for (const index of [0, 1, 2]) await reads.client(idAt(index));
    for (const index of [0, 1, 2, 3]) await reads.grant(idAt(index));

    assert.deepEqual(proxy.sinceLast(), [single(0), single(1), single(2), ...[0, 1, 2, 3].map(grantOf)]);
  });

  it("are single while they are slow", async () => {
    const { reads, clock } = openReads();

    for (const id of ids) {
      await reads.client(id);
      clock.advance(300);
    }

    assert.equal(proxy.sinceLast().length, 12);
  });

  it("are served by one page from the eighth in two seconds on, clients and grants alike", async () => {
    const opened = openReads();
    await readSeven(opened);

    const clients = await Promise.all(ids.map((id) => opened.reads.client(id)));
    const grants = await Promise.all(ids.map((id) => opened.reads.grant(id)));

    assert.deepEqual(proxy.sinceLast(), [PAGE]);
    assert.deepEqual(clients[9], await backend.admin.clients.get("acme", idAt(9)));
    assert.deepEqual(grants[9], await backend.admin.grants.get("acme", idAt(9)));
  });

  it("are served by a page for five seconds from when it was asked for, not from when it came", async () => {
    const opened = openReads();
    await readSeven(opened);
    proxy.onAnswer = async () => void opened.clock.advance(4_000);
    await opened.reads.client(idAt(0));
    proxy.onAnswer = async () => undefined;

    opened.clock.advance(999);
    await opened.reads.client(idAt(1));
    const before = proxy.sinceLast();
    opened.clock.advance(1);
    await opened.reads.client(idAt(1));

    assert.deepEqual([before, proxy.sinceLast()], [[PAGE], [single(1)]]);
  });

  it("load a page again when they go on for longer", async () => {
    const opened = openReads();
    await readEight(opened);

    for (let index = 0; index < 60; index++) {
      opened.clock.advance(250);
      await opened.reads.grant(idAt(index % 12));
    }

    assert.deepEqual(proxy.sinceLast(), [PAGE, PAGE, PAGE]);
  });

  it("see every own write, of whatever kind", async () => {
    const opened = openReads();
    const { access, reads } = opened;
    const { id } = await access.clients.create("acme", { name: "Mine" });
    await readEight(opened);
    const seen = async () => {
      const { name, deletedTime } = await reads.client(id);
      return [name, deletedTime, (await reads.grant(id)).permissions.length];
    };

    const created = await seen();
    await access.clients.update("acme", id, { name: "Renamed" }, { ifMatch: 1 });
    const renamed = await seen();
    await readEight(opened);
    await access.grants.put("acme", id, { permissions: ["list:segment"] }, { ifMatch: 0 });
    const granted = await seen();
    await readEight(opened);
    await access.clients.delete("acme", id, { ifMatch: 2 });

    assert.deepEqual(
      [created, renamed, granted],
      [
        ["Mine", null, 0],
        ["Renamed", null, 0],
        ["Renamed", null, 1],
      ],
    );
    await assert.rejects(reads.client(id), { code: "client_not_found" });
    await assert.rejects(reads.grant(id), { code: "client_not_found" });
  });

  it("do not use a page requested before the process's own write ended", async () => {
    const opened = openReads();
    const { id } = await backend.admin.clients.create("acme", { name: "Before" });
    await readSeven(opened);
    proxy.onAnswer = async (request) => {
      if (request !== PAGE) return;
      await opened.access.clients.update("acme", id, { name: "After" }, { ifMatch: 1 });
    };

    const { name } = await opened.reads.client(id);

    assert.equal(name, "After");
    await backend.admin.clients.delete("acme", id, { ifMatch: 2 });
  });

  it("do not ask for a page while an own write is under way, which would end its use", async () => {
    const opened = openReads();
    await readSeven(opened);
    proxy.onAnswer = async (request) => {
      if (request.startsWith("PATCH")) await opened.reads.client(idAt(0));
    };
    const { revision } = await opened.access.clients.get("acme", idAt(0));
    proxy.sinceLast();

    await opened.access.clients.update("acme", idAt(0), { description: `${Math.random()}` }, { ifMatch: revision });

    assert.deepEqual(proxy.sinceLast(), [`PATCH /v1/projects/acme/clients/${idAt(0)}`, single(0)]);
  });

  it("decide by a single read that a client is gone, or that it was made meanwhile", async () => {
    const opened = openReads();
    const gone = await backend.admin.clients.create("acme", { name: "Gone" });
    await backend.admin.clients.delete("acme", gone.id, { ifMatch: 1 });
    await readEight(opened);
    const { id } = await backend.admin.clients.create("acme", { name: "Made meanwhile" });

    const { name } = await opened.reads.client(id);

    assert.equal(name, "Made meanwhile");
    await assert.rejects(opened.reads.client(gone.id), { code: "client_not_found" });
    await backend.admin.clients.delete("acme", id, { ifMatch: 1 });
  });

  it("continue one by one when a page fails, and try a page again half a minute later", async () => {
    const opened = openReads();
    await readSeven(opened);
    proxy.onAnswer = async (request) => (request === PAGE ? 503 : undefined);

    await Promise.all(ids.map((id) => opened.reads.client(id)));
    const before = proxy.sinceLast();
    opened.clock.advance(30_000);
    for (const id of ids) await opened.reads.client(id);

    assert.deepEqual([before.length, before.filter((request) => request === PAGE).length], [13, 1]);
    assert.deepEqual(proxy.sinceLast().filter((request) => request === PAGE).length, 1);
  });

  it("fail with the meaning of the single read", async () => {
    const opened = openReads();
    await readSeven(opened);
    proxy.onAnswer = async () => 403;

    await assert.rejects(opened.reads.client(idAt(0)), {
      code: "forbidden",
      path: `/v1/projects/acme/clients/${idAt(0)}`,
    });
  });

  describe("in a project of three thousand clients", () => {
    let many: readonly string[] = [];
    before(async () => {
      await backend.admin.projects.create({ slug: "large" });
      many = await fillProject(backend.database, "large", 3_000);
    });
    const isPage = (request: string) => request.startsWith("GET /v1/projects/large/clients?");
    function openLarge() {
      const clock = pausedClock();
      const access = new AccessClient({ endpoint: proxy.endpoint, token: backend.adminToken, maxRetries: 0 });
      return { clock, reads: new Reads(access, "large", clock) };
    }

    it("load every page once for all of them, and few more requests", async () => {
      const { reads } = openLarge();

      for (const id of many.toReversed()) {
        await reads.client(id);
        await reads.grant(id);
      }

      const requests = proxy.sinceLast();
      assert.equal(requests.filter(isPage).length, 3);
      assert.ok(requests.length <= 3 + 3 * 8, `${requests.length} requests`);
    });

    it("load the page again that has the client, when it has become too old", async () => {
      const { reads, clock } = openLarge();
      for (const id of many) await reads.client(id);
      proxy.sinceLast();

      clock.advance(5_000);
      for (let round = 0; round < 20; round++) await reads.client(many.at(-1) ?? "");

      const requests = proxy.sinceLast();
      assert.deepEqual([requests.length, requests.filter(isPage).length], [8, 1]);
    });

    it("load one page for ten clients that are not on it", async () => {
      const { reads } = openLarge();

      for (const id of many.slice(-10)) await reads.client(id);

      const requests = proxy.sinceLast();
      assert.deepEqual([requests.length, requests.filter(isPage).length], [11, 1]);
    });

    it("use the pages before one that failed", async () => {
      const { reads } = openLarge();
      proxy.onAnswer = async (request) => (isPage(request) && request.includes("cursor") ? 503 : undefined);

      for (const id of [...many.slice(-20), ...many.slice(0, 20)]) await reads.grant(id);

      const requests = proxy.sinceLast();
      assert.deepEqual([requests.length, requests.filter(isPage).length], [22, 2]);
    });
  });

  it("do not mix the pages of two connections", async () => {
    const [mine, other] = [openReads(), openReads()];
    await readEight(mine);

    await other.reads.client(idAt(0));
    await mine.reads.client(idAt(0));

    assert.deepEqual(proxy.sinceLast(), [single(0)]);
  });
});
