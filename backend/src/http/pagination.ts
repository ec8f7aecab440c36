import { z } from "zod";
import type { Position } from "../store/position";
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

/** Reads one row more than requested, to know whether another page follows. */
export async function readPage<Row, RowPosition>(
  wanted: { readonly listing: Listing; readonly query: PageRequest; readonly keyset: Keyset<Row, RowPosition> },
  load: (page: { limit: number; after: RowPosition | null }) => Promise<Row[]>,
): Promise<{ rows: Row[]; nextCursor: string | null }> {
  const { listing, query, keyset } = wanted;
  const rows = await load({ limit: query.limit + 1, after: readPosition(keyset, decodeCursor(listing, query.cursor)) });
  const last = rows.length > query.limit ? rows[query.limit - 1] : undefined;
  return {
    rows: rows.slice(0, query.limit),
    nextCursor: last === undefined ? null : encodeCursor(listing, keyset.write(last)),
  };
}

/** The order of creation. */
export function creationKeyset<Row>(
  positionOf: (row: Row) => { createdTime: Date; id: string },
): Keyset<Row, Position> {
  return {
    write: (row) => [positionOf(row).createdTime.toISOString(), positionOf(row).id],
    read: z
      // PostgreSQL has no year 0.
      .tuple([z.iso.datetime().regex(/^[1-9]/), z.string().regex(/^xp[a-z]_[a-z2-7]{26}$/)])
      .transform(([time, id]) => ({ time: new Date(time), id })),
  };
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
