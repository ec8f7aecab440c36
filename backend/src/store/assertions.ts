import type { Insertable } from "kysely";
import type { AssertionTable } from "../database/schema";
import type { Connection } from "../database/transaction";

/** Remembers that an assertion was used; false when it was used before, on whichever replica. */
export async function insertAssertion(db: Connection, assertion: Insertable<AssertionTable>): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto("assertions")
    .values(assertion)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

/** Forgets the assertions that ended before a time. */
export async function deleteEndedAssertions(db: Connection, time: Date): Promise<void> {
  await db.deleteFrom("assertions").where("expiresTime", "<", time).execute();
}
