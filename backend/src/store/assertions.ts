import type { Insertable } from "kysely";
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
