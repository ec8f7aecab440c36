import {
  durationMs,
  Environment,
  EnvironmentDeleteQuery,
  EnvironmentHeartbeat,
  EnvironmentLockTake,
  EnvironmentName,
  EnvironmentPage,
  EnvironmentPut,
  EnvironmentPutAnswer,
  EnvironmentQuery,
  EnvironmentUnlockQuery,
  ProgramName,
  ProjectSlug,
} from "xtremepush-access/schemas";
import { z } from "zod";
import { deleteEnvironment, findPresentEnvironment, putEnvironment } from "../../changes/environments";
import { lockEnvironment, renewLock, unlockEnvironment } from "../../changes/lock-environment";
import { projectNotFound } from "../../changes/refusals";
import {
  type EnvironmentKey,
  type EnvironmentPosition,
  type EnvironmentRow,
  listEnvironments,
} from "../../store/environments";
import { findProject } from "../../store/projects";
import { actorOf } from "../authorization";
import { answer, problem } from "../openapi/answers";
import { type Keyset, readPage } from "../pagination";
import { changeOf, ProjectParams, type Router, type RouteSettings } from "../router";
import { serializeEnvironment } from "../serializers";

const tags = ["Environments"];
const EnvironmentParams = ProjectParams.extend({ program: ProgramName, environment: EnvironmentName });
const URL = "/v1/projects/:project/environments/:program/:environment";

/** The environments of programs, and their locks. */
export function environmentRoutes(app: Router, settings: RouteSettings): void {
  listingRoutes(app, settings);
  recordRoutes(app, settings);
  lockRoutes(app, settings);
}

function listingRoutes(app: Router, { services, authorize }: RouteSettings): void {
  const { db, listings } = services.database;
  const onRequest = authorize("viewer");
  const response = { 200: answer(EnvironmentPage, "A page of environments; those that end first come first") };

  async function page(projects: readonly string[] | null, { program, ...query }: z.output<typeof EnvironmentQuery>) {
    const listing = { of: "environments", projects, program };
    const { rows, nextCursor } = await readPage({ listing, query, keyset: byEnd }, (part) =>
      listings.read((connection) => listEnvironments(connection, { projects, program }, part)),
    );
    const now = services.clock();
    return { items: rows.map((row) => serializeEnvironment(row, now)), nextCursor };
  }

  app.get(
    "/v1/environments",
    {
      onRequest,
      schema: {
        ...{ operationId: "listEnvironments", summary: "List the environments that the actor may see", tags },
        ...{ querystring: EnvironmentQuery, response },
      },
    },
    (request) => page(actorOf(request).projects, request.query),
  );

  app.get(
    "/v1/projects/:project/environments",
    {
      onRequest,
      schema: {
        ...{ operationId: "listProjectEnvironments", summary: "List the environments of a project", tags },
        ...{ params: ProjectParams, querystring: EnvironmentQuery, response },
      },
    },
    async (request) => {
      const { project } = request.params;
      if ((await findProject(db, project)) === null) throw projectNotFound(project);
      return page([project], request.query);
    },
  );
}

function recordRoutes(app: Router, { services, authorize }: RouteSettings): void {
  app.get(
    URL,
    {
      onRequest: authorize("viewer"),
      schema: {
        ...{ operationId: "getEnvironment", summary: "Read an environment", tags },
        params: EnvironmentParams,
        response: { 200: answer(Environment, "The environment") },
      },
    },
    async (request) => {
      const row = await findPresentEnvironment(services.database.db, keyOf(request.params));
      return serializeEnvironment(row, services.clock());
    },
  );

  app.put(
    URL,
    {
      onRequest: authorize("editor"),
      schema: {
        ...{ operationId: "putEnvironment", summary: "Make an environment, or start its time to live again", tags },
        params: EnvironmentParams,
        body: EnvironmentPut,
        response: {
          200: answer(EnvironmentPutAnswer, "The environment, and whether it was made"),
          409: problem("too_many_environments"),
        },
      },
    },
    async (request) => {
      const { ttl, pattern, max } = request.body;
      const where = { key: keyOf(request.params), projects: actorOf(request).projects };
      const wanted = { ttlMs: ttl === null ? null : durationMs(ttl), pattern, max };
      const { row, made } = await putEnvironment(changeOf(services, request), where, wanted);
      return { ...serializeEnvironment(row, services.clock()), made };
    },
  );

  app.delete(
    URL,
    {
      onRequest: authorize("editor"),
      schema: {
        ...{ operationId: "deleteEnvironment", summary: "Remove an environment from the backend", tags },
        params: EnvironmentParams,
        querystring: EnvironmentDeleteQuery,
        response: {
          204: z.undefined().describe("The environment and its lock are gone"),
          409: problem("environment_locked", "lock_lost"),
        },
      },
    },
    async (request, reply) => {
      await deleteEnvironment(changeOf(services, request), keyOf(request.params), request.query.run);
      return reply.code(204).send();
    },
  );
}

function lockRoutes(app: Router, { services, authorize }: RouteSettings): void {
  const onRequest = authorize("editor");

  app.put(
    `${URL}/lock`,
    {
      onRequest,
      schema: {
        ...{ operationId: "lockEnvironment", summary: "Take the lock of an environment for a run", tags },
        params: EnvironmentParams,
        body: EnvironmentLockTake,
        response: {
          200: answer(Environment, "The environment; its lock is the run's"),
          409: problem("environment_locked"),
        },
      },
    },
    async (request) => {
      const row = await lockEnvironment(changeOf(services, request), keyOf(request.params), request.body);
      return serializeEnvironment(row, services.clock());
    },
  );

  app.post(
    `${URL}/lock/heartbeat`,
    {
      onRequest,
      schema: {
        ...{ operationId: "renewEnvironmentLock", summary: "Report that a run still works", tags },
        params: EnvironmentParams,
        body: EnvironmentHeartbeat,
        response: { 200: answer(Environment, "The environment"), 409: problem("lock_lost") },
      },
    },
    async (request) => {
      const row = await renewLock(changeOf(services, request), keyOf(request.params), request.body.run);
      return serializeEnvironment(row, services.clock());
    },
  );

  app.delete(
    `${URL}/lock`,
    {
      onRequest,
      schema: {
        ...{ operationId: "unlockEnvironment", summary: "Give the lock of a run back", tags },
        params: EnvironmentParams,
        querystring: EnvironmentUnlockQuery,
        response: { 204: z.undefined().describe("The run does not have the lock") },
      },
    },
    async (request, reply) => {
      await unlockEnvironment(changeOf(services, request), keyOf(request.params), request.query);
      return reply.code(204).send();
    },
  );
}

function keyOf({ project, program, environment }: z.output<typeof EnvironmentParams>): EnvironmentKey {
  return { project, program, name: environment };
}

const NEVER = "never";

const byEnd: Keyset<EnvironmentRow, EnvironmentPosition> = {
  write: ({ expiresTime, project, program, name }) => [expiresTime?.toISOString() ?? NEVER, project, program, name],
  read: z
    .tuple([
      // PostgreSQL has no year 0.
      z.union([z.literal(NEVER), z.iso.datetime().regex(/^[1-9]/)]),
      ProjectSlug,
      ProgramName,
      EnvironmentName,
    ])
    .transform(([end, project, program, name]) => {
      return { expiresTime: end === NEVER ? null : new Date(end), project, program, name };
    }),
};
