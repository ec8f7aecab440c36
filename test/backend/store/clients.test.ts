import assert from "node:assert/strict";
import { sql } from "kysely";
import type { ClientState } from "xtremepush-access/schemas";
import type { Database } from "../../../backend/src/database/open";
import { type ClientFilter, listClients } from "../../../backend/src/store/clients";
import type { Position } from "../../../backend/src/store/pages";
import { ENGINES, openTestDatabase } from "../../support/backend/backend";
import { writePlainClients } from "../../support/backend/heavy-rows";
import { rowsRead } from "../../support/backend/rows-read";

const NOW = new Date("2030-05-01T12:00:00.000Z");

/** As many rows as PostgreSQL reads to plan a statement: the ends of an index. */
const PLANNED = 10;

/** Asks for a part of the listing of the project `web`. */
interface Asked {
  readonly filter?: ClientFilter;
  readonly state?: ClientState;
  readonly after?: Position;
  readonly limit?: number;
}

async function list({ db }: Pick<Database, "db">, { filter = {}, state = "live", after, limit = 1_000 }: Asked) {
  const where = { project: "web", visibility: { state, now: NOW }, filter };
  const { rows, more } = await listClients(db, where, { limit, bytes: 10_000_000, after: after ?? null });
  return { ids: rows.map(({ client }) => client.id), more };
}

for (const engine of ENGINES) {
  describe(`a listing of many clients on ${engine}`, function () {
    this.timeout(60_000);
    let database: Database;

    // Of 1,200 clients the first 100 have `early`, a third is deleted, and `elsewhere` is only in the other project.
    before(async () => {
      database = await openTestDatabase(engine);
      const { db } = database;
      await writePlainClients(database, "web", 1_200);
      await writePlainClients(database, "other", 100);
      const statements = [
        `update clients set created_time = timestamptz '2030-01-01Z' + substr(name, 8)::integer * interval '1 second'`,
        `update clients set deleted_time = '2030-04-20Z' where substr(name, 8)::integer % 3 = 0`,
        `update grants set permissions = permissions || '{elsewhere}'
          from clients where clients.id = client and project = 'other'`,
        `update grants set permissions = permissions || '{early}'
          from clients where clients.id = client and project = 'web' and substr(name, 8)::integer <= 100`,
        // The trigger does not expect that a client changes the time of its creation.
        "truncate grant_permissions",
        `insert into grant_permissions
          select listing_of(project, permission, deleted_time is not null), clients.created_time, clients.id
          from clients join grants on grants.client = clients.id cross join unnest(permissions) as permission`,
        "analyze",
      ];
      for (const statement of statements) await sql.raw(statement).execute(db);
    });
    after(() => database.close());

    async function clientsRead(asked: Asked): Promise<{ readonly found: number; readonly read: number }> {
      let found = 0;
      const read = await rowsRead(database.db, "clients", async (transaction) => {
        found = (await list({ db: transaction }, asked)).ids.length;
      });
      return { found, read };
    }

    it("reads no client for a permission that only another project's clients have", async () => {
      const elsewhere = { filter: { permission: "elsewhere" }, limit: 1 };

      for (const state of ["live", "deleted", "any"] as const) {
        const { found, read } = await clientsRead({ ...elsewhere, state });

        assert.equal(found, 0);
        assert.ok(read <= PLANNED, `${state}: ${read} clients`);
      }
    });

    it("reads no client after the last one that has a permission", async () => {
      const after = { time: new Date("2030-01-01T00:01:40.000Z"), id: "xpc_zzzzzzzzzzzzzzzzzzzzzzzzzz" };
      const asked = { filter: { permission: "early" }, after };

      const { found, read } = await clientsRead(asked);

      assert.equal(found, 0);
      assert.ok(read <= PLANNED, `${read} clients`);
      assert.equal((await clientsRead({ filter: { permission: "early" }, limit: 50 })).found, 50);
    });

    for (const [what, filter] of [
      ["everything", {}],
      ["a permission that all have", { permission: "create:campaign" }],
    ] as const) {
      it(`reads little more than the page of ${what}, in any state`, async () => {
        for (const state of ["live", "deleted", "any"] as const) {
          const { found, read } = await clientsRead({ filter, state, limit: 10 });

          assert.equal(found, 10);
          // One more to know whether others follow, and as many of the other state; PostgreSQL may read some ahead.
          assert.ok(read <= 50, `${state}: ${read} clients`);
        }
      });
    }
  });

  describe(`a listing of clients in any state on ${engine}`, function () {
    this.timeout(60_000);
    let database: Database;

    before(async () => {
      database = await openTestDatabase(engine);
      const statements = [
        "insert into projects select slug, slug, 'ana', now() from unnest('{web,other}'::text[]) as slug",
        `insert into clients (id, project, name, managed_by, secret_version, revision,
            created_by, created_time, updated_by, updated_time, deleted_time)
          select 'xpc_' || number, case when number % 5 = 0 then 'other' else 'web' end, 'client ' || number, 'acme/' || number, 0, 1,
            'ana', timestamptz '2030-01-01Z' + number % 7 * interval '1 second', 'ana', now(),
            case when number % 3 = 0 then '2030-04-20Z'::timestamptz when number % 11 = 0 then '2030-03-01Z' end
          from generate_series(1, 60) as number`,
        `insert into grants (client, permissions, revision, created_by, created_time, updated_by, updated_time)
          select 'xpc_' || number,
            case when number % 2 = 0 then '{even,all}'::text[] when number % 7 = 0 then '{}' else '{all}' end,
            1, 'ana', now(), 'ana', now()
          from generate_series(1, 50) as number`,
      ];
      for (const statement of statements) await sql.raw(statement).execute(database.db);
    });
    after(() => database.close());

    for (const filter of [
      {},
      { permission: "all" },
      { permission: "even" },
      { permission: "none" },
      { name: "client 6" },
      { managedBy: "acme/6" },
      { managedBy: "acme/6", permission: "even" },
      { name: "client 7", permission: "all" },
    ] as const satisfies readonly ClientFilter[]) {
      it(`has exactly the clients of the filter ${JSON.stringify(filter)} in the order of creation, on all pages`, async () => {
        for (const state of ["live", "deleted", "any"] as const) {
          const expected = await expectedIds(database, state, filter);

          assert.deepEqual((await list(database, { filter, state })).ids, expected);
          assert.deepEqual(await allPages(database, { filter, state, limit: 4 }), expected);
        }
      });
    }
  });
}

async function allPages(database: Database, asked: Asked): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let after: Position | null = null; ; ) {
    const page = await list(database, { ...asked, ...(after !== null && { after }) });
    ids.push(...page.ids);
    const last = page.ids.at(-1);
    if (!page.more || last === undefined) return ids;
    const { createdTime } = await database.db
      .selectFrom("clients")
      .select("createdTime")
      .where("id", "=", last)
      .executeTakeFirstOrThrow();
    after = { time: createdTime, id: last };
  }
}

/** What the listing means, row by row. */
async function expectedIds({ db }: Database, state: ClientState, filter: ClientFilter): Promise<readonly string[]> {
  const clients = await db
    .selectFrom("clients")
    .leftJoin("grants", "grants.client", "clients.id")
    .select(["clients.id", "name", "clients.managedBy", "deletedTime", "permissions"])
    .where("project", "=", "web")
    .orderBy("clients.createdTime")
    .orderBy("clients.id")
    .execute();
  return clients
    .filter(({ deletedTime }) => (deletedTime === null ? state !== "deleted" : state !== "live"))
    .filter(({ deletedTime }) => deletedTime === null || deletedTime > new Date("2030-04-01T12:00:00.000Z"))
    .filter(({ name }) => filter.name === undefined || name === filter.name)
    .filter(({ managedBy }) => filter.managedBy === undefined || managedBy === filter.managedBy)
    .filter(({ permissions }) => filter.permission === undefined || permissions?.includes(filter.permission))
    .map(({ id }) => id);
}
