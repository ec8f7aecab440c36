import { z } from "zod";
import type { Position } from "../store/position";
import { cursorOf, type Listing, malformedCursor, placeOf } from "./cursors";

/** How a listing is cut into pages: what a row's place is written as, and how it is read back. */
export interface Paging<Row, Place> {
  write(row: Row): readonly string[];
  readonly read: z.ZodType<Place>;
}

/** What a caller asks for. */
export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** Reads one row more than asked for, to know whether another page follows. */
export async function readPage<Row, Place>(
  wanted: { readonly listing: Listing; readonly query: PageRequest; readonly paging: Paging<Row, Place> },
  load: (page: { limit: number; after: Place | null }) => Promise<Row[]>,
): Promise<{ rows: Row[]; nextCursor: string | null }> {
  const { listing, query, paging } = wanted;
  const rows = await load({ limit: query.limit + 1, after: placeFrom(paging, placeOf(listing, query.cursor)) });
  const last = rows.length > query.limit ? rows[query.limit - 1] : undefined;
  return {
    rows: rows.slice(0, query.limit),
    nextCursor: last === undefined ? null : cursorOf(listing, paging.write(last)),
  };
}

/** The order of making. */
export function byTime<Row>(positionOf: (row: Row) => { createdTime: Date; id: string }): Paging<Row, Position> {
  return {
    write: (row) => [positionOf(row).createdTime.toISOString(), positionOf(row).id],
    read: z
      // PostgreSQL has no year 0.
      .tuple([z.iso.datetime().regex(/^[1-9]/), z.string().regex(/^xp[a-z]_[a-z2-7]{26}$/)])
      .transform(([time, id]) => ({ time: new Date(time), id })),
  };
}

function placeFrom<Row, Place>(paging: Paging<Row, Place>, parts: readonly string[] | null): Place | null {
  if (parts === null) return null;
  const place = paging.read.safeParse(parts);
  if (!place.success) throw malformedCursor();
  return place.data;
}
