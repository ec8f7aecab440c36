import assert from "node:assert/strict";
import { PAGE_BYTES } from "../../../backend/src/http/pagination";
import { type Call, callerOf } from "../../support/backend/api";
import { ENGINES, startTestBackend, type TestBackend } from "../../support/backend/backend";
import { writeHeavyActors, writeHeavyAudit, writeHeavyClients } from "../../support/backend/heavy-rows";

const CLIENT = `xpc_${"b".padStart(26, "a")}`;

for (const engine of ENGINES) {
  describe(`a page of large rows (${engine})`, function () {
    this.timeout(60_000);
    let backend: TestBackend;
    let admin: Call;

    before(async () => {
      backend = await startTestBackend({ engine });
      admin = callerOf(backend.endpoint, backend.adminToken);
      await writeHeavyClients(backend.database, "web", 13);
      await writeHeavyAudit(backend.database, { project: "web", client: CLIENT }, { count: 300, length: 20_000 });
      await writeHeavyActors(backend.database, 40);
    });
    after(() => backend.close());

    /** The sizes of all pages in bytes, and what they list. */
    async function readAll(address: string): Promise<{ sizes: number[]; ids: string[] }> {
      const sizes: number[] = [];
      const ids: string[] = [];
      for (let cursor: string | null = ""; cursor !== null; ) {
        const { text, body } = await admin(`GET ${address}?limit=1000${cursor && `&cursor=${cursor}`}`);
        sizes.push(text.length);
        ids.push(...body.items.map(({ id }: { id: string }) => id));
        cursor = body.nextCursor;
      }
      return { sizes, ids };
    }

    const listings = {
      "clients with long keys": { address: "/v1/projects/web/clients", rows: 13, largest: 210_000, pages: 3 },
      "audit rows of a project": { address: "/v1/projects/web/audit", rows: 300, largest: 21_000, pages: 6 },
      "audit rows of a client": {
        address: `/v1/projects/web/clients/${CLIENT}/audit`,
        rows: 300,
        largest: 21_000,
        pages: 6,
      },
      "actors of many projects": { address: "/v1/actors", rows: 41, largest: 70_000, pages: 3 },
    };
    for (const [title, { address, rows, largest, pages }] of Object.entries(listings)) {
      it(`ends at a mebibyte, and the next ones have the rest: ${title}`, async () => {
        const { sizes, ids } = await readAll(address);

        assert.equal(sizes.length, pages);
        assert.deepEqual(
          sizes.filter((size) => size > PAGE_BYTES + largest),
          [],
        );
        assert.equal(new Set(ids).size, ids.length);
        assert.equal(ids.length, rows);
      });
    }

    it("has one row at least", async () => {
      const { body } = await admin("GET /v1/projects/web/clients?limit=1");

      assert.deepEqual([body.items.length, typeof body.nextCursor], [1, "string"]);
    });
  });

  describe(`a page of small rows (${engine})`, function () {
    this.timeout(60_000);
    let backend: TestBackend;

    before(async () => {
      backend = await startTestBackend({ engine });
      await writeHeavyAudit(backend.database, { project: "web", client: CLIENT }, { count: 1_001, length: 20 });
    });
    after(() => backend.close());

    it("has as many rows as requested, in order, read by several statements", async () => {
      const admin = callerOf(backend.endpoint, backend.adminToken);

      const [all, exact, rest] = await Promise.all([
        admin("GET /v1/audit?limit=1000"),
        admin("GET /v1/audit?limit=400"),
        admin("GET /v1/audit?limit=999"),
      ]);

      const ids = all.body.items.map(({ id }: { id: string }) => Number(id));
      assert.equal(ids.length, 1_000);
      assert.deepEqual(
        ids,
        ids.map((_: number, index: number) => ids[0] - index),
      );
      assert.deepEqual([exact.body.items.length, rest.body.items.length], [400, 999]);
      const last = await admin(`GET /v1/audit?limit=1000&cursor=${all.body.nextCursor}`);
      assert.deepEqual([last.body.items.length, last.body.nextCursor], [2, null]);
    });
  });
}
