import { type Insertable, sql } from "kysely";
import type { AssertionTable } from "../database/schema";
import type { Connection } from "../database/transaction";

/** Remembers that an assertion was used; false when it was used before, on any replica. */
export async function insertAssertion(db: Connection, assertion: Insertable<AssertionTable>): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto("assertions")
    .values(assertion)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

/** How many rows one statement deletes: a few milliseconds of work. */
const BATCH = 5_000;

/** Deletes the assertions that expired before a time, in batches, so that each statement is short. */
export async function deleteEndedAssertions(db: Connection, time: Date): Promise<void> {
  for (;;) {
    const { numAffectedRows } = await sql`delete from assertions where ctid in
      (select ctid from assertions where expires_time < ${time} limit ${BATCH})`.execute(db);
    if (Number(numAffectedRows ?? 0) < BATCH) return;
  }
}
