import { ListQuery, Project, ProjectCreate, ProjectPage, ProjectSlug } from "xtremepush-access/schemas";
import { z } from "zod";
import { createProject } from "../../changes/projects";
import { projectNotFound } from "../../changes/refusals";
import { findProject, listProjects, type ProjectRow } from "../../store/projects";
import { actorOf } from "../authorization";
import { type Keyset, readPage } from "../pagination";
import { changeOf, ProjectParams, problems, type Router, type RouteSettings } from "../router";
import { serializeProject } from "../serializers";

export function projectRoutes(app: Router, { services, authorize }: RouteSettings): void {
  const { db } = services.database;

  app.post(
    "/v1/projects",
    { onRequest: authorize("admin"), schema: { body: ProjectCreate, response: { 201: Project, ...problems } } },
    async (request, reply) => {
      const { slug, name } = request.body;
      const project = await createProject(changeOf(services, request), { slug, name: name ?? slug });
      return reply.code(201).send(serializeProject(project));
    },
  );

  app.get(
    "/v1/projects",
    { onRequest: authorize("viewer"), schema: { querystring: ListQuery, response: { 200: ProjectPage, ...problems } } },
    async (request) => {
      const wanted = { listing: { of: "projects" }, query: request.query, keyset: bySlug };
      const { rows, nextCursor } = await readPage(wanted, (page) => listProjects(db, actorOf(request).projects, page));
      return { items: rows.map(serializeProject), nextCursor };
    },
  );

  app.get(
    "/v1/projects/:project",
    { onRequest: authorize("viewer"), schema: { params: ProjectParams, response: { 200: Project, ...problems } } },
    async (request) => {
      const project = await findProject(db, request.params.project);
      if (project === null) throw projectNotFound(request.params.project);
      return serializeProject(project);
    },
  );
}

const bySlug: Keyset<ProjectRow, string> = {
  write: ({ slug }) => [slug],
  read: z.tuple([ProjectSlug]).transform(([slug]) => slug),
};
