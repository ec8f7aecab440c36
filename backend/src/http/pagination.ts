import { setImmediate } from "node:timers/promises";
import { z } from "zod";
import type { Part, Position, Rows } from "../store/pages";
import { decodeCursor, encodeCursor, type Listing, malformedCursor } from "./cursors";

/** The order of a listing: writes the position of a row into a cursor and reads it back. */
export interface Keyset<Row, RowPosition> {
  write(row: Row): readonly string[];
  readonly read: z.ZodType<RowPosition>;
}

/** The page that a caller requests. */
export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** About how many bytes a page has at most; the last row may exceed it. */
export const PAGE_BYTES = 1024 ** 2;
/** How many rows one statement reads: the embedded database answers nothing else meanwhile. */
const STATEMENT_ROWS = 200;

/** How many statements of a page may leave candidates out: no request looks through a whole project. */
const SPARSE_STATEMENTS = 4;

/** Reads the rows of a page: as many as requested, or fewer where they are large or far apart. */
export async function readPage<Row, RowPosition>(
  wanted: { readonly listing: Listing; readonly query: PageRequest; readonly keyset: Keyset<Row, RowPosition> },
  load: (part: Part<RowPosition>) => Promise<Rows<Row>>,
): Promise<{ rows: Row[]; nextCursor: string | null }> {
  const { listing, query, keyset } = wanted;
  const rows: Row[] = [];
  let position = decodeCursor(listing, query.cursor);
  let bytes = PAGE_BYTES;
  let sparse = 0;
  for (;;) {
    const limit = Math.min(query.limit - rows.length, STATEMENT_ROWS);
    const part = await load({ after: readPosition(keyset, position), limit, bytes });
    rows.push(...part.rows);
    bytes -= part.bytes;
    const last = part.rows.at(-1);
    if (part.reached !== undefined) sparse += 1;
    if (part.reached !== undefined) position = writePosition(part.reached);
    else if (part.more && last !== undefined) position = keyset.write(last);
    else return { rows, nextCursor: null };
    const isFull = rows.length >= query.limit || bytes <= 0 || sparse >= SPARSE_STATEMENTS;
    if (isFull) return { rows, nextCursor: encodeCursor(listing, position) };
    await setImmediate();
  }
}

/** The order of creation. */
export function creationKeyset<Row>(
  positionOf: (row: Row) => { createdTime: Date; id: string },
): Keyset<Row, Position> {
  return {
    write(row) {
      const { createdTime, id } = positionOf(row);
      return writePosition({ time: createdTime, id });
    },
    read: z
      // PostgreSQL has no year 0.
      .tuple([z.iso.datetime().regex(/^[1-9]/), z.string().regex(/^xp[a-z]_[a-z2-7]{26}$/)])
      .transform(([time, id]) => ({ time: new Date(time), id })),
  };
}

function writePosition({ time, id }: Position): readonly string[] {
  return [time.toISOString(), id];
}

function readPosition<Row, RowPosition>(
  keyset: Keyset<Row, RowPosition>,
  parts: readonly string[] | null,
): RowPosition | null {
  if (parts === null) return null;
  const position = keyset.read.safeParse(parts);
  if (!position.success) throw malformedCursor();
  return position.data;
}
