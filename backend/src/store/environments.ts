import { type Insertable, type Selectable, sql } from "kysely";
import type { EnvironmentRun, EnvironmentTable } from "../database/schema";
import type { Connection } from "../database/transaction";
import { type Columns, type Part, type Rows, readRows } from "./pages";

export type EnvironmentRow = Selectable<EnvironmentTable>;

/** Selects one environment. */
export interface EnvironmentKey {
  readonly project: string;
  readonly program: string;
  readonly name: string;
}

export async function findEnvironment(db: Connection, key: EnvironmentKey): Promise<EnvironmentRow | null> {
  return (await environment(db, key).executeTakeFirst()) ?? null;
}

/** Locks the row: other changes of it wait until the transaction ends. */
export async function lockEnvironmentRow(db: Connection, key: EnvironmentKey): Promise<EnvironmentRow | null> {
  return (await environment(db, key).forUpdate().executeTakeFirst()) ?? null;
}

function environment(db: Connection, { project, program, name }: EnvironmentKey) {
  return db
    .selectFrom("environments")
    .selectAll()
    .where("project", "=", project)
    .where("program", "=", program)
    .where("name", "=", name);
}

export async function insertEnvironment(db: Connection, values: Insertable<EnvironmentTable>): Promise<EnvironmentRow> {
  return db.insertInto("environments").values(values).returningAll().executeTakeFirstOrThrow();
}

/** What a change sets. */
export type EnvironmentChanges = Partial<
  Pick<EnvironmentRow, "pattern" | "expiresTime" | "updatedBy" | "updatedTime" | "lockSeen"> & {
    readonly lock: EnvironmentRun | null;
    readonly deadRuns: EnvironmentRow["deadRuns"];
  }
>;

/** Changes a row that the caller has locked. */
export async function updateEnvironment(
  db: Connection,
  { project, program, name }: EnvironmentKey,
  { lock, deadRuns, ...columns }: EnvironmentChanges,
): Promise<EnvironmentRow> {
  return db
    .updateTable("environments")
    .set({
      ...columns,
      ...(lock !== undefined && { lock: lock === null ? null : JSON.stringify(lock) }),
      ...(deadRuns !== undefined && { deadRuns: JSON.stringify(deadRuns) }),
    })
    .where("project", "=", project)
    .where("program", "=", program)
    .where("name", "=", name)
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function deleteEnvironmentRow(db: Connection, { project, program, name }: EnvironmentKey): Promise<void> {
  await db
    .deleteFrom("environments")
    .where("project", "=", project)
    .where("program", "=", program)
    .where("name", "=", name)
    .execute();
}

/** Counts the environments of a pattern; with `visible` null, in all projects. */
export async function countOfPattern(
  db: Connection,
  { program, pattern }: { readonly program: string; readonly pattern: string },
  visible: readonly string[] | null,
): Promise<number> {
  let query = db
    .selectFrom("environments")
    .select(({ fn }) => fn.countAll<string | number>().as("count"))
    .where("program", "=", program)
    .where("pattern", "=", pattern);
  if (visible !== null) query = query.where(isAmong(visible));
  return Number((await query.executeTakeFirstOrThrow()).count);
}

/** Which environments a listing has; `projects` is null for those of all projects. */
export interface EnvironmentListing {
  readonly projects: readonly string[] | null;
  readonly program?: string | undefined;
}

/** Where a page ended; the time is null among environments that stay. */
export interface EnvironmentPosition extends EnvironmentKey {
  readonly expiresTime: Date | null;
}

/** Lists environments, those that end first in front. */
export async function listEnvironments(
  db: Connection,
  { projects, program }: EnvironmentListing,
  part: Part<EnvironmentPosition>,
): Promise<Rows<EnvironmentRow>> {
  let query = db.selectFrom("environments").selectAll().select(WEIGHT.as("weight")).orderBy(sql`${BY_END}`);
  if (projects !== null) query = query.where(isAmong(projects));
  if (program !== undefined) query = query.where("program", "=", program);
  const { after } = part;
  if (after !== null) {
    const end = after.expiresTime === null ? sql`'infinity'::timestamptz` : sql`${after.expiresTime}::timestamptz`;
    query = query.where(sql<boolean>`(${BY_END}) > (${end}, ${after.project}, ${after.program}, ${after.name})`);
  }
  return readRows(db, { rows: (limit: number) => query.limit(limit), columns: COLUMNS, order: BY_END }, part);
}

const BY_END = sql`coalesce(expires_time, 'infinity'::timestamptz), project, program, name`;

const COLUMNS: Columns<EnvironmentRow> = {
  project: "value",
  program: "value",
  name: "value",
  pattern: "value",
  createdBy: "value",
  createdTime: "time",
  updatedBy: "value",
  updatedTime: "time",
  expiresTime: "time",
  lock: "value",
  lockSeen: "time",
  deadRuns: "value",
};

/** About how many bytes an environment has in an answer. */
const WEIGHT = sql<number>`(1000 + coalesce(pg_column_size(lock), 0) + 2 * pg_column_size(dead_runs))`;

function isAmong(projects: readonly string[]) {
  return sql<boolean>`project = any(${sql.val(projects)}::text[])`;
}
