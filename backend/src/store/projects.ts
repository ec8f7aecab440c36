import type { Insertable, Selectable } from "kysely";
import type { ProjectTable } from "../database/schema";
import type { Connection } from "../database/transaction";

export type ProjectRow = Selectable<ProjectTable>;

export async function findProject(db: Connection, slug: string): Promise<ProjectRow | null> {
  return (await db.selectFrom("projects").selectAll().where("slug", "=", slug).executeTakeFirst()) ?? null;
}

/** Lists projects by slug; with `visible` null, all of them. */
export async function listProjects(
  db: Connection,
  visible: readonly string[] | null,
  page: { limit: number; after: string | null },
): Promise<ProjectRow[]> {
  let query = db.selectFrom("projects").selectAll().orderBy("slug").limit(page.limit);
  if (visible !== null) query = query.where("slug", "in", visible.length === 0 ? [""] : visible);
  if (page.after !== null) query = query.where("slug", ">", page.after);
  return query.execute();
}

export async function insertProject(db: Connection, project: Insertable<ProjectTable>): Promise<ProjectRow> {
  return db.insertInto("projects").values(project).returningAll().executeTakeFirstOrThrow();
}
