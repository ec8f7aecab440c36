import { inTransaction } from "../database/transaction";
import { ProblemError } from "../failures/problems";
import { insertAudit } from "../store/audit";
import { findProject, insertProject, type ProjectRow } from "../store/projects";
import { auditOf, type Change } from "./change";

/** Creates a project; its slug never changes. */
export function createProject(change: Change, wanted: { slug: string; name: string }): Promise<ProjectRow> {
  return inTransaction(change.database.db, async (transaction) => {
    if ((await findProject(transaction, wanted.slug)) !== null) {
      throw new ProblemError("name_taken", `the project ${wanted.slug} already exists; choose another slug`);
    }
    const project = await insertProject(transaction, {
      ...wanted,
      createdBy: change.actor.name,
      createdTime: change.time,
    });
    await insertAudit(
      transaction,
      auditOf(change, {
        action: "project.create",
        targetType: "project",
        targetId: project.slug,
        targetName: project.name,
        project: null,
        client: null,
        managedBy: null,
        before: null,
        after: { name: project.name },
      }),
    );
    return project;
  });
}
