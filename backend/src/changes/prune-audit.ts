import { makeIdentifier } from "../credentials/identifiers";
import type { Database } from "../database/open";
import { inTransaction } from "../database/transaction";
import { insertAudit } from "../store/audit";
import { allowAuditDelete, deleteAudit, readAuditBefore } from "../store/old-audit";
import { auditOf, type Change, commandActor } from "./change";

/** An export of the audit rows of before a time. */
export interface AuditExport {
  readonly backend: string;
  readonly before: Date;
  readonly rows: number;
  readonly sha256: string;
  /** Reads its rows from the beginning, each as the JSON text of `auditText`. */
  read(): AsyncIterable<string>;
}

/** A row as an export has it. */
export function auditText(row: object): string {
  return JSON.stringify(row);
}

/** Why nothing was pruned. */
export class ExportMismatch extends Error {}

/**
 * Deletes the audit rows of before a time, and records that. The rows must be exactly those of the export; else nothing is
 * deleted. One transaction, so that no kill leaves a part of them.
 *
 * @throws ExportMismatch with the first difference.
 */
export function pruneAudit(database: Database, exported: AuditExport, now: Date): Promise<void> {
  const { backend, before, rows, sha256 } = exported;
  const actor = commandActor(backend, "admin audit-prune");
  const change: Change = { database, actor, requestId: makeIdentifier("xpr"), time: now };
  return inTransaction(database.db, async (transaction) => {
    await allowAuditDelete(transaction);
    const lines = exported.read()[Symbol.asyncIterator]();
    for await (const batch of readAuditBefore(transaction, before)) {
      for (const row of batch) {
        const { value } = await lines.next();
        if (value !== auditText(row))
          throw new ExportMismatch(`the export does not have the row ${row.id} of the table`);
      }
      const ids = batch.map(({ id }) => id);
      if ((await deleteAudit(transaction, ids)) !== ids.length) throw new ExportMismatch("another prune runs");
    }
    if ((await lines.next()).done !== true) throw new ExportMismatch("the export has rows that are not in the table");
    await insertAudit(
      transaction,
      auditOf(change, {
        ...{ action: "audit.prune", targetType: "backend", targetId: backend, targetName: null },
        ...{ project: null, client: null, managedBy: null },
        before: null,
        after: { before: before.toISOString(), rows, sha256 },
      }),
    );
  });
}
