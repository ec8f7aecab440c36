import { AuditPage, AuditQuery } from "xtremepush-access/schemas";
import { z } from "zod";
import { clientNotFound, projectNotFound } from "../../changes/refusals";
import { type AuditRow, type AuditTrail, hasAudit, listAudit } from "../../store/audit";
import { findClientEver } from "../../store/clients";
import { findProject } from "../../store/projects";
import { answer } from "../openapi/answers";
import { type Keyset, readPage } from "../pagination";
import { ClientParams, ProjectParams, type Router, type RouteSettings } from "../router";
import { serializeAuditEvent } from "../serializers";

type AuditRequest = z.output<typeof AuditQuery>;

const tags = ["Audit"];

export function auditRoutes(app: Router, { services, authorize }: RouteSettings): void {
  const { db } = services.database;
  const response = { 200: answer(AuditPage, "A page of audit rows, newest first") };

  async function answerPage(of: Pick<AuditTrail, "project" | "client">, { limit, cursor, ...filter }: AuditRequest) {
    const trail = { ...of, ...filter };
    const query = { limit, cursor };
    const wanted = { listing: { of: "audit", ...trail }, query, keyset: newestFirst };
    const { rows, nextCursor } = await readPage(wanted, (part) =>
      services.database.listings.read((listings) => listAudit(listings, trail, part)),
    );
    return { items: rows.map(serializeAuditEvent), nextCursor };
  }

  app.get(
    "/v1/projects/:project/clients/:client/audit",
    {
      onRequest: authorize("viewer"),
      schema: {
        ...{ operationId: "listClientAudit", summary: "List the changes of a client and its grant", tags },
        ...{ params: ClientParams, querystring: AuditQuery, response },
      },
    },
    async (request) => {
      const { project, client } = request.params;
      const key = { project, id: client };
      // The audit trail outlives the client, because it also shows who deleted it.
      if ((await findClientEver(db, key)) === null && !(await hasAudit(db, { project, client }))) {
        throw await clientNotFound(db, key, services.clock());
      }
      return answerPage({ project, client }, request.query);
    },
  );

  app.get(
    "/v1/projects/:project/audit",
    {
      onRequest: authorize("viewer"),
      schema: {
        ...{ operationId: "listProjectAudit", summary: "List the changes in a project", tags },
        ...{ params: ProjectParams, querystring: AuditQuery, response },
      },
    },
    async (request) => {
      const { project } = request.params;
      if ((await findProject(db, project)) === null) throw projectNotFound(project);
      return answerPage({ project }, request.query);
    },
  );

  app.get(
    "/v1/audit",
    {
      onRequest: authorize("admin"),
      schema: {
        ...{ operationId: "listAudit", summary: "List all changes and refusals", tags },
        ...{ querystring: AuditQuery, response },
      },
    },
    (request) => answerPage({}, request.query),
  );
}

const newestFirst: Keyset<AuditRow, string> = {
  write: ({ id }) => [id],
  read: z.tuple([z.string().regex(/^[0-9]{1,18}$/)]).transform(([id]) => id),
};
