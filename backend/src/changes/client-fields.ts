import { ClientCreate, type ClientPatch } from "xtremepush-access/schemas";
import type { z } from "zod";
import type { ClientRow } from "../store/clients";

/** The request that creates a client, and the project that it is for. */
export type NewClient = Readonly<z.output<typeof ClientCreate>> & { readonly project: string };

/** Fields of a client to set; undefined leaves one as it is. */
export type ClientFields = Readonly<z.output<typeof ClientPatch>>;

// Public keys are rows of another table.
const COLUMNS = ClientCreate.omit({ publicKeys: true }).keyof().options;

/** The columns of a client that a request sets. */
export type ClientColumns = Pick<ClientRow, (typeof COLUMNS)[number]>;

/** A row whose nullable columns may be left out. */
type Given<Row> = { readonly [Name in keyof Row as null extends Row[Name] ? never : Name]: Row[Name] } & {
  readonly [Name in keyof Row as null extends Row[Name] ? Name : never]?: Row[Name] | undefined;
};

/** Picks the columns that a request sets from a request or a row; a column left out of a request is null. */
export function pickColumns(given: Given<ClientColumns>): ClientColumns {
  // The cast is safe: only a nullable column can be left out.
  return Object.fromEntries(COLUMNS.map((name) => [name, given[name] ?? null])) as unknown as ClientColumns;
}
