import { ListQuery, Project, ProjectCreate, ProjectPage, ProjectSlug } from "xtremepush-access/schemas";
import { z } from "zod";
import { createProject } from "../../changes/projects";
import { projectNotFound } from "../../changes/refusals";
import { findProject, listProjects, type ProjectRow } from "../../store/projects";
import { actorOf } from "../authorization";
import { answer, problem } from "../openapi/answers";
import { type Keyset, readPage } from "../pagination";
import { changeOf, ProjectParams, type Router, type RouteSettings } from "../router";
import { serializeProject } from "../serializers";

const tags = ["Projects"];

export function projectRoutes(app: Router, { services, authorize }: RouteSettings): void {
  const { db } = services.database;

  app.post(
    "/v1/projects",
    {
      onRequest: authorize("admin"),
      schema: {
        ...{ operationId: "createProject", summary: "Create a project", tags },
        body: ProjectCreate,
        response: { 201: answer(Project, "The project"), 409: problem("name_taken") },
      },
    },
    async (request, reply) => {
      const { slug, name } = request.body;
      const project = await createProject(changeOf(services, request), { slug, name: name ?? slug });
      return reply.code(201).send(serializeProject(project));
    },
  );

  app.get(
    "/v1/projects",
    {
      onRequest: authorize("viewer"),
      schema: {
        ...{ operationId: "listProjects", summary: "List the projects that the actor may see", tags },
        querystring: ListQuery,
        response: { 200: answer(ProjectPage, "A page of projects") },
      },
    },
    async (request) => {
      const wanted = { listing: { of: "projects" }, query: request.query, keyset: bySlug };
      const { rows, nextCursor } = await readPage(wanted, (part) =>
        services.database.listings.read((listings) => listProjects(listings, actorOf(request).projects, part)),
      );
      return { items: rows.map(serializeProject), nextCursor };
    },
  );

  app.get(
    "/v1/projects/:project",
    {
      onRequest: authorize("viewer"),
      schema: {
        ...{ operationId: "getProject", summary: "Read a project", tags },
        params: ProjectParams,
        response: { 200: answer(Project, "The project") },
      },
    },
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
