import assert from "node:assert/strict";
import { request } from "node:http";
import { type Kysely, sql } from "kysely";
import { AuditPage } from "xtremepush-access/schemas";
import type { Schema } from "../../../backend/src/database/schema";
import { type Call, callerOf } from "../../support/backend/api";
import { startTestBackend, type TestBackend } from "../../support/backend/backend";
import { POSTGRES } from "../../support/backend/postgres";

const CREATE = { name: "CRM", managedBy: "acme/urn" };

describe("a create that is stuck until its caller has gone", function () {
  this.timeout(60_000);
  let backend: TestBackend;
  let admin: Call;

  before(async () => {
    backend = await startTestBackend({ engine: POSTGRES });
    admin = callerOf(backend.endpoint, backend.adminToken);
    await admin("POST /v1/projects", { body: { slug: "web" } });
  });
  after(() => backend.close());

  /** Sends a create whose connection can be closed before it is answered. */
  const startCreate = () => {
    const sent = request(`${backend.endpoint}/v1/projects/web/clients`, {
      method: "POST",
      headers: { authorization: `Bearer ${backend.adminToken}`, "content-type": "application/json" },
    });
    sent.on("error", () => {});
    sent.end(JSON.stringify(CREATE));
    return sent;
  };

  it("does not end the secret that the next create was given", async () => {
    const { db } = backend.database;
    const made = await admin("POST /v1/projects/web/clients", { body: CREATE });
    const id: string = made.body.id;

    const stuck = await db.transaction().execute(async (transaction) => {
      await sql`select 1 from clients where id = ${id} for update`.execute(transaction);
      const sent = startCreate();
      await waiting(db, 1);
      sent.destroy();
      // Waits behind the one that has gone, because locks are given in the order in which they were asked for.
      const next = admin("POST /v1/projects/web/clients", { body: CREATE });
      await waiting(db, 2);
      return { next };
    });
    const next = await stuck.next;

    assert.deepEqual([next.status, next.body.id, next.body.takenOver], [201, id, true]);
    const { items } = AuditPage.parse((await admin(`GET /v1/projects/web/clients/${id}/audit`)).body);
    assert.deepEqual(
      items.map(({ action, requestId }) => [action, requestId]),
      [
        ["client.take-over", next.headers.get("x-request-id")],
        ["client.create", made.headers.get("x-request-id")],
      ],
    );
  });
});

/** Resolves when so many sessions of the database wait for a lock. */
async function waiting(db: Kysely<Schema>, count: number): Promise<void> {
  for (const end = Date.now() + 4_000; Date.now() < end; ) {
    const { rows } = await sql<{ waiting: string }>`select count(*)::text as waiting from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(db);
    if (rows[0]?.waiting === String(count)) return;
  }
  throw new Error(`no ${count} sessions wait for a lock`);
}
