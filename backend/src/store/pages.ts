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
  /** Whether other rows follow, or may follow. */
  readonly more: boolean;
  /** Of a listing that leaves most candidates out: which one a statement has looked at last, whether or not it is a row. */
  readonly reached?: Position | undefined;
}

/** The columns of a listing: JSON has no times, so they are sent as milliseconds since 1970. */
export type Columns<Row> = {
  readonly [Column in keyof Row]-?: Extract<Row[Column], Date> extends never ? "value" : "time";
};

/** A listing in SQL. */
interface ListingQuery<Row, More> {
  /** Selects the first rows of the listing, each with its weight: about how many bytes it has in an answer. */
  readonly rows: (limit: number) => Expression<Row & { readonly weight: number }>;
  readonly columns: Columns<Row>;
  /** The columns of the order. */
  readonly order: RawBuilder<unknown>;
  /** More columns, computed only for the rows that are returned. */
  readonly more?: { readonly [Column in keyof More]: Expression<More[Column]> };
}

/**
 * Reads a part of a listing. The database weighs the rows first, so that it neither sends nor builds heavy rows beyond the
 * bytes of the part. It sends each row as one JSON value: the drivers take several times as long to read a row of columns,
 * above all of times and arrays.
 */
export async function readRows<Row, More = unknown>(
  db: Connection,
  { rows: candidates, columns, order, more }: ListingQuery<Row, More>,
  { limit, bytes }: Omit<Part<unknown>, "after">,
): Promise<Rows<Row & More>> {
  const computed: Readonly<Record<string, Expression<unknown>>> = more ?? {};
  const stored = Object.entries<"value" | "time">(columns);
  const values = [...stored.map(([name, kind]) => packColumn(name, kind)), ...Object.values(computed)];
  const { rows: found } = await sql<{ readonly weight: number; readonly values: readonly unknown[] | null }>`
    select weight, case when sum - weight < ${bytes} then json_build_array(${sql.join(values)}) end as values
    from (
      select *, sum(weight) over (order by ${order} rows unbounded preceding)
      from ${candidates(limit + 1)} as candidate
    ) as listed
    order by ${order}`.execute(db);
  const kinds = [...stored, ...Object.keys(computed).map((name) => [name, "value"] as const)];
  const part: Rows<Row & More> & { bytes: number } = { rows: [], bytes: 0, more: false };
  for (const { weight, values } of found.slice(0, limit)) {
    if (values === null) break;
    part.rows.push(unpackRow<Row & More>(kinds, values));
    part.bytes += weight;
  }
  return { ...part, more: part.rows.length < found.length };
}

/** As text, the last day of the year 9999 is in the year 10000 east of Greenwich, and JavaScript cannot read it. */
function packColumn(name: string, kind: "value" | "time"): Expression<unknown> {
  const column = sql.ref(`listed.${name}`);
  return kind === "time" ? sql`floor(extract(epoch from ${column}) * 1000)::bigint` : column;
}

function unpackRow<Row>(
  columns: readonly (readonly [name: string, kind: "value" | "time"])[],
  values: readonly unknown[],
): Row {
  const row: Record<string, unknown> = {};
  columns.forEach(([name, kind], index) => {
    const value = values[index];
    row[name] = kind === "time" && typeof value === "number" ? new Date(value) : value;
  });
  // The statement has packed the values in the order of the columns.
  return row as Row;
}

/** The order of creation, in which a new row comes last. */
export const BY_CREATION = sql`created_time, id`;
