import {
  Actor,
  ActorCreate,
  ActorCreated,
  ActorId,
  ActorPage,
  ActorRotate,
  durationMs,
  ListQuery,
  TrustedActorCreate,
} from "xtremepush-access/schemas";
import { z } from "zod";
import { createActor, createTrustedActor, endActor, rotateActorToken } from "../../changes/actors";
import { projectNotFound } from "../../changes/refusals";
import { makeSecret } from "../../credentials/secrets";
import type { Connection } from "../../database/transaction";
import { ProblemError } from "../../failures/problems";
import { type ListedActor, listActors } from "../../store/actors";
import { findMissingProject } from "../../store/projects";
import { actorOf } from "../authorization";
import { answer, problem } from "../openapi/answers";
import { creationKeyset, readPage } from "../pagination";
import { changeOf, type Router, type RouteSettings } from "../router";
import { serializeActor } from "../serializers";

const tags = ["Actors"];

export function actorRoutes(app: Router, { services, authorize }: RouteSettings): void {
  creationRoutes(app, { services, authorize });
  rotationRoute(app, { services, authorize });

  app.get(
    "/v1/actor",
    {
      onRequest: authorize("gateway"),
      schema: {
        ...{ operationId: "getOwnActor", summary: "Read the actor whose token the request has", tags },
        response: { 200: answer(Actor, "The actor") },
      },
    },
    async (request) => serializeActor(actorOf(request)),
  );

  app.get(
    "/v1/actors",
    {
      onRequest: authorize("admin"),
      schema: {
        ...{ operationId: "listActors", summary: "List the actors, those that are revoked too", tags },
        querystring: ListQuery,
        response: { 200: answer(ActorPage, "A page of actors") },
      },
    },
    async (request) => {
      const wanted = { listing: { of: "actors" }, query: request.query, keyset: byCreation };
      const { rows, nextCursor } = await readPage(wanted, (part) =>
        services.database.listings.read((listings) => listActors(listings, part)),
      );
      return { items: rows.map((row) => serializeActor(row, row.trust)), nextCursor };
    },
  );

  app.delete(
    "/v1/actors/:actor",
    {
      onRequest: authorize("admin"),
      schema: {
        ...{ operationId: "revokeActor", summary: "Revoke the token of an actor permanently", tags },
        params: z.object({ actor: ActorId }),
        response: { 204: z.undefined().describe("The token does not work any more"), 409: problem("last_admin") },
      },
    },
    async (request, reply) => {
      await endActor(changeOf(services, request), request.params.actor);
      return reply.code(204).send();
    },
  );
}

function creationRoutes(app: Router, { services, authorize }: RouteSettings): void {
  const { db } = services.database;

  app.post(
    "/v1/actors",
    {
      onRequest: authorize("admin"),
      schema: {
        ...{ operationId: "createActor", summary: "Create an actor and its token", tags },
        body: ActorCreate,
        response: {
          201: answer(ActorCreated, "The actor and its token, which is shown this once"),
          403: problem("forbidden", "above_ceiling"),
          404: problem("project_not_found"),
          409: problem("name_taken"),
        },
      },
    },
    async (request, reply) => {
      const { name, role, projects = null, ownerPrefix = null, ceiling = null, expiresTime } = request.body;
      await assertProjects(db, projects ?? []);
      const token = makeSecret("xpat");
      const end = endOf(expiresTime, services.clock());
      const wanted = { name, role, projects, ownerPrefix, ceiling, expiresTime: end };
      const actor = await createActor(changeOf(services, request), { ...wanted, token });
      reply.code(201);
      return { ...serializeActor(actor), token };
    },
  );

  app.post(
    "/v1/trusted-actors",
    {
      onRequest: authorize("admin"),
      schema: {
        ...{ operationId: "createTrustedActor", summary: "Create an actor that trusts ID tokens", tags },
        body: TrustedActorCreate,
        response: {
          201: answer(Actor, "The actor; the token endpoint gives it tokens"),
          403: problem("forbidden", "above_ceiling"),
          404: problem("project_not_found", "issuer_not_found"),
          409: problem("name_taken"),
        },
      },
    },
    async (request, reply) => {
      const { name, role, projects = null, ownerPrefix = null, ceiling = null, expiresTime, trust } = request.body;
      await assertProjects(db, projects ?? []);
      const end = endOf(expiresTime, services.clock());
      const wanted = { name, role, projects, ownerPrefix, ceiling, expiresTime: end };
      reply.code(201);
      return serializeActor(await createTrustedActor(changeOf(services, request), wanted, trust), trust);
    },
  );
}

function rotationRoute(app: Router, { services, authorize }: RouteSettings): void {
  app.post(
    "/v1/actors/:actor/token",
    {
      onRequest: authorize("admin"),
      schema: {
        ...{ operationId: "rotateActor", summary: "Replace the token of an actor", tags },
        params: z.object({ actor: ActorId }),
        body: ActorRotate,
        response: {
          201: answer(ActorCreated, "The actor and its new token, which is shown this once"),
          403: problem("forbidden", "above_ceiling"),
          404: problem("actor_not_found"),
        },
      },
    },
    async (request, reply) => {
      const { overlap = "0s", expiresTime } = request.body;
      const token = makeSecret("xpat");
      const end = expiresTime === undefined ? undefined : (endOf(expiresTime, services.clock()) ?? undefined);
      const wanted = { token, overlapMs: durationMs(overlap), expiresTime: end };
      const actor = await rotateActorToken(changeOf(services, request), request.params.actor, wanted);
      reply.code(201);
      return { ...serializeActor(actor), token };
    },
  );
}

/** A misspelt project gives the actor nothing now, but access to that project once somebody creates it. */
async function assertProjects(db: Connection, slugs: readonly string[]): Promise<void> {
  const missing = await findMissingProject(db, slugs);
  if (missing !== null) throw projectNotFound(missing);
}

function endOf(expiresTime: string | undefined, now: Date): Date | null {
  if (expiresTime === undefined) return null;
  const end = new Date(expiresTime);
  if (end > now) return end;
  const message = "must be in the future";
  throw new ProblemError("validation_failed", `expiresTime ${message}`, {
    errors: [{ field: "expiresTime", message }],
  });
}

const byCreation = creationKeyset<ListedActor>((actor) => actor);
