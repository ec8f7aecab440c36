import {
  Client,
  ClientChanged,
  ClientCreate,
  ClientCreated,
  ClientPage,
  ClientPatch,
  ClientQuery,
  ClientReadQuery,
  ClientRestore,
} from "xtremepush-access/schemas";
import { changeClient, createClient, deleteClient } from "../../changes/clients";
import { clientNotFound, projectNotFound } from "../../changes/refusals";
import { restoreClient } from "../../changes/restore";
import { findClient, type ListedClient, listClients } from "../../store/clients";
import { findProject } from "../../store/projects";
import { etagOf, revisionOf } from "../etags";
import { byTime, readPage } from "../pagination";
import { ClientParams, changeOf, IfMatch, ProjectParams, problems, type Router, type RouteSettings } from "../router";
import { clientAnswer, clientWithGrantAnswer } from "../serializers";

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
      const { name, description = null, managedBy = null, secretVersion, publicKeys = {} } = request.body;
      const wanted = { project: request.params.project, name, description, managedBy, secretVersion, publicKeys };
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
      const { limit, cursor, state = "live", ...filter } = request.query;
      // A cursor of the live ones is the same as before there were others: a page may come from an older replica.
      const listing = { of: "clients", project, ...filter, ...(state !== "live" && { state }) };
      const wanted = { listing, query: { limit, cursor }, paging: byMaking };
      const where = { project, sight: { state, now: services.clock() }, filter };
      const { rows, nextCursor } = await readPage(wanted, (page) => listClients(db, where, page));
      if (rows.length === 0 && (await findProject(db, project)) === null) throw projectNotFound(project);
      return { items: rows.map(clientWithGrantAnswer), nextCursor };
    },
  );
}

function itemRoutes(app: Router, { services, gate }: RouteSettings): void {
  const { db } = services.database;

  app.get(
    "/v1/projects/:project/clients/:client",
    {
      onRequest: gate("viewer"),
      schema: { params: ClientParams, querystring: ClientReadQuery, response: { 200: Client, ...problems } },
    },
    async (request, reply) => {
      const key = { project: request.params.project, id: request.params.client };
      const sight = { state: request.query.state, now: services.clock() };
      const client = await findClient(db, key, sight);
      if (client === null) throw await clientNotFound(db, key, sight.now);
      reply.header("etag", etagOf(client.revision));
      return clientAnswer(client);
    },
  );

  app.patch(
    "/v1/projects/:project/clients/:client",
    {
      onRequest: gate("editor"),
      schema: {
        params: ClientParams,
        headers: IfMatch,
        body: ClientPatch,
        response: { 200: ClientChanged, ...problems },
      },
    },
    async (request, reply) => {
      const key = { project: request.params.project, id: request.params.client };
      const expected = { key, revision: revisionOf(request.headers["if-match"]) };
      const { client, secret } = await changeClient(changeOf(services, request), expected, request.body);
      reply.header("etag", etagOf(client.revision));
      return { ...clientAnswer(client), clientSecret: secret };
    },
  );

  app.delete(
    "/v1/projects/:project/clients/:client",
    {
      onRequest: gate("editor"),
      schema: { params: ClientParams, headers: IfMatch, response: { 200: Client, ...problems } },
    },
    async (request) => {
      const key = { project: request.params.project, id: request.params.client };
      const expected = { key, revision: revisionOf(request.headers["if-match"]) };
      return clientAnswer(await deleteClient(changeOf(services, request), expected));
    },
  );

  app.post(
    "/v1/projects/:project/clients/:client/restore",
    {
      onRequest: gate("editor"),
      schema: { params: ClientParams, body: ClientRestore.nullish(), response: { 200: Client, ...problems } },
    },
    async (request, reply) => {
      const key = { project: request.params.project, id: request.params.client };
      const { name, managedBy = null } = request.body ?? {};
      const client = await restoreClient(changeOf(services, request), key, { name, managedBy });
      reply.header("etag", etagOf(client.revision));
      return clientAnswer(client);
    },
  );
}

const byMaking = byTime<ListedClient>(({ client }) => client);
