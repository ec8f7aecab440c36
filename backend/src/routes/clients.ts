import { Client, ClientCreate, ClientCreated, ClientPage, ClientPatch, ClientQuery } from "xtremepush-access/schemas";
import { z } from "zod";
import { clientAnswer, clientWithGrantAnswer } from "../answers";
import { changeClient, createClient, deleteClient } from "../changes/clients";
import { clientNotFound, projectNotFound } from "../changes/refusals";
import { etagOf, revisionOf } from "../revisions";
import { type ClientAndGrant, findClient, listClients } from "../store/clients";
import { findProject } from "../store/projects";
import { byTime, readPage } from "./pages";
import { ClientParams, changeOf, IfMatch, ProjectParams, problems, type Router, type RouteSettings } from "./router";

export function clientRoutes(app: Router, settings: RouteSettings): void {
  collectionRoutes(app, settings);
  itemRoutes(app, settings);
}

function collectionRoutes(app: Router, { services, gate }: RouteSettings): void {
  const { db } = services.database;

  app.post(
    "/v1/projects/:project/clients",
    {
      onRequest: gate("editor"),
      schema: { params: ProjectParams, body: ClientCreate, response: { 201: ClientCreated, ...problems } },
    },
    async (request, reply) => {
      const { name, description = null, managedBy = null, secretVersion } = request.body;
      const wanted = { project: request.params.project, name, description, managedBy, secretVersion };
      const { client, secret, takenOver } = await createClient(changeOf(services, request), wanted);
      reply.code(201).header("etag", etagOf(client.revision));
      return { ...clientAnswer(client), clientSecret: secret, takenOver };
    },
  );

  app.get(
    "/v1/projects/:project/clients",
    {
      onRequest: gate("viewer"),
      schema: { params: ProjectParams, querystring: ClientQuery, response: { 200: ClientPage, ...problems } },
    },
    async (request) => {
      const { project } = request.params;
      const { limit, cursor, ...filter } = request.query;
      const wanted = { listing: { of: "clients", project, ...filter }, query: { limit, cursor }, paging: byMaking };
      const { rows, nextCursor } = await readPage(wanted, (page) => listClients(db, { project, filter }, page));
      if (rows.length === 0 && (await findProject(db, project)) === null) throw projectNotFound(project);
      return { items: rows.map(clientWithGrantAnswer), nextCursor };
    },
  );
}

function itemRoutes(app: Router, { services, gate }: RouteSettings): void {
  const { db } = services.database;

  app.get(
    "/v1/projects/:project/clients/:client",
    { onRequest: gate("viewer"), schema: { params: ClientParams, response: { 200: Client, ...problems } } },
    async (request, reply) => {
      const key = { project: request.params.project, id: request.params.client };
      const client = await findClient(db, key);
      if (client === null) throw await clientNotFound(db, key);
      reply.header("etag", etagOf(client.revision));
      return clientAnswer(client);
    },
  );

  app.patch(
    "/v1/projects/:project/clients/:client",
    {
      onRequest: gate("editor"),
      schema: { params: ClientParams, headers: IfMatch, body: ClientPatch, response: { 200: Client, ...problems } },
    },
    async (request, reply) => {
      const key = { project: request.params.project, id: request.params.client };
      const expected = { key, revision: revisionOf(request.headers["if-match"]) };
      const client = await changeClient(changeOf(services, request), expected, request.body);
      reply.header("etag", etagOf(client.revision));
      return clientAnswer(client);
    },
  );

  app.delete(
    "/v1/projects/:project/clients/:client",
    {
      onRequest: gate("editor"),
      schema: { params: ClientParams, headers: IfMatch, response: { 204: z.undefined(), ...problems } },
    },
    async (request, reply) => {
      const key = { project: request.params.project, id: request.params.client };
      const expected = { key, revision: revisionOf(request.headers["if-match"]) };
      await deleteClient(changeOf(services, request), expected);
      return reply.code(204).send();
    },
  );
}

const byMaking = byTime<ClientAndGrant>(({ client }) => client);
