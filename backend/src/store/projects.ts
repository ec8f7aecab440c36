import { type Insertable, type Selectable, sql } from "kysely";
import type { ProjectTable } from "../database/schema";
import type { Connection } from "../database/transaction";
import { type Columns, type Part, type Rows, readRows } from "./pages";

export type ProjectRow = Selectable<ProjectTable>;

export async function findProject(db: Connection, slug: string): Promise<ProjectRow | null> {
  return (await db.selectFrom("projects").selectAll().where("slug", "=", slug).executeTakeFirst()) ?? null;
}

/** Lists projects by slug; with `visible` null, all of them. */
export async function listProjects(
  db: Connection,
  visible: readonly string[] | null,
  part: Part<string>,
): Promise<Rows<ProjectRow>> {
  let query = db.selectFrom("projects").selectAll().select(WEIGHT.as("weight")).orderBy("slug");
  if (visible !== null) query = query.where(isAmong(visible));
  if (part.after !== null) query = query.where("slug", ">", part.after);
  return readRows(db, { rows: (limit: number) => query.limit(limit), columns: COLUMNS, order: sql`slug` }, part);
}

const COLUMNS: Columns<ProjectRow> = { slug: "value", name: "value", createdBy: "value", createdTime: "time" };

/** Finds one of the slugs that no project has; null when all of them are there. */
export async function findMissingProject(db: Connection, slugs: readonly string[]): Promise<string | null> {
  const rows = await db.selectFrom("projects").select("slug").where(isAmong(slugs)).execute();
  const there = new Set(rows.map(({ slug }) => slug));
  return slugs.find((slug) => !there.has(slug)) ?? null;
}

/** One parameter: a thousand would take longer to write than to find. */
function isAmong(slugs: readonly string[]) {
  return sql<boolean>`slug = any(${sql.val(slugs)}::text[])`;
}

/** About how many bytes a project has in an answer. */
const WEIGHT = sql<number>`(200 + octet_length(name))`;

export async function insertProject(db: Connection, project: Insertable<ProjectTable>): Promise<ProjectRow> {
  return db.insertInto("projects").values(project).returningAll().executeTakeFirstOrThrow();
}
