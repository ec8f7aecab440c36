import { type Expression, type RawBuilder, sql } from "kysely";
import type { Connection } from "../database/transaction";

/** Where a page of a listing in the order of creation ended. */
export interface Position {
  readonly time: Date;
  readonly id: string;
}

/** The part of a listing to read: rows after a position, until there are enough rows or enough bytes. */
export interface Part<Position> {
  readonly after: Position | null;
  readonly limit: number;
  /** The row that reaches this many bytes is the last one. A part has at least one row if there is any. */
  readonly bytes: number;
}

/** Rows of a listing in its order. */
export interface Rows<Row> {
  readonly rows: Row[];
  /** About how many bytes the rows have in an answer. */
  readonly bytes: number;
  /** Whether other rows follow. */
  readonly more: boolean;
}

interface Weighed {
  /** About how many bytes the row has in an answer. */
  readonly weight: number;
}

/** A listing in SQL. */
interface ListingQuery<Row, More> {
  /** Selects each row and its weight, in the order of the listing and without a limit. */
  readonly rows: Expression<Row & Weighed> & { limit(limit: number): Expression<unknown> };
  /** The columns of the order. */
  readonly order: RawBuilder<unknown>;
  /** More columns, computed only for the rows that are returned. Starts with a comma. */
  readonly more?: RawBuilder<More>;
}

/**
 * Reads a part of a listing. The database weighs the rows first, so that it neither sends nor builds heavy rows beyond the
 * bytes of the part.
 */
export async function readRows<Row, More = unknown>(
  db: Connection,
  query: ListingQuery<Row, More>,
  { limit, bytes }: Omit<Part<unknown>, "after">,
): Promise<Rows<Row & More & Weighed>> {
  const { order, more = sql`` } = query;
  const { rows: found } = await sql<Row & More & Weighed & { readonly candidates: number }>`
    select *${more}
    from (
      select
        *,
        count(*) over ()::integer as candidates,
        sum(weight) over (order by ${order} rows between unbounded preceding and 1 preceding) as weight_before
      from ${query.rows.limit(limit + 1)} as candidate
    ) as listed
    where coalesce(weight_before, 0) < ${bytes}
    order by ${order}`.execute(db);
  const rows = found.slice(0, limit);
  return {
    rows,
    bytes: rows.reduce((sum, { weight }) => sum + weight, 0),
    more: rows.length < (found[0]?.candidates ?? 0),
  };
}

/** The order of creation, in which a new row comes last. */
export const BY_CREATION = sql`created_time, id`;
