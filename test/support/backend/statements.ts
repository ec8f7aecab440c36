import type { Kysely } from "kysely";

/** A statement that was run: what it was, and how many rows it gave. */
export interface Statement {
  readonly kind: string;
  readonly rows: number;
}

/** The same database, and the list of what is run on it from now on. */
export function recordStatements<Tables>(db: Kysely<Tables>): { db: Kysely<Tables>; statements: Statement[] } {
  const statements: Statement[] = [];
  const kinds = new WeakMap<object, string>();
  const recorded = db.withPlugin({
    transformQuery: ({ node, queryId }) => {
      kinds.set(queryId, node.kind);
      return node;
    },
    transformResult: async ({ result, queryId }) => {
      statements.push({ kind: kinds.get(queryId) ?? "unknown", rows: result.rows.length });
      return result;
    },
  });
  return { db: recorded, statements };
}
