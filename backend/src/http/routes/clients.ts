import {
  Client,
  ClientChanged,
  ClientCreate,
  ClientCreated,
  ClientDeleteQuery,
  ClientPage,
  ClientPatch,
  ClientQuery,
  ClientReadQuery,
  ClientRestore,
  ClientWithGrant,
} from "xtremepush-access/schemas";
import { changeClient, createClient, deleteClient } from "../../changes/clients";
import { clientNotFound, projectNotFound } from "../../changes/refusals";
import { restoreClient } from "../../changes/restore";
import { findClient, type ListedClient, listClients } from "../../store/clients";
import { findProject } from "../../store/projects";
import { etagOf, readIfMatch } from "../etags";
import { answer, answerWithETag, problem } from "../openapi/answers";
import { creationKeyset, readPage } from "../pagination";
import { ClientParams, changeOf, IfMatch, ProjectParams, type Router, type RouteSettings } from "../router";
import { serializeClient, serializeClientWithGrant } from "../serializers";

const tags = ["Clients"];

export function clientRoutes(app: Router, settings: RouteSettings): void {
  collectionRoutes(app, settings);
  itemRoutes(app, settings);
  deletionRoutes(app, settings);
}

function collectionRoutes(app: Router, { services, authorize }: RouteSettings): void {
  const { db } = services.database;

  app.post(
    "/v1/projects/:project/clients",
    {
      onRequest: authorize("editor"),
      schema: {
        ...{ operationId: "createClient", summary: "Create a client and its secret", tags },
        params: ProjectParams,
        body: ClientCreate,
        response: {
          201: answerWithETag(ClientCreated, "The client and its secret, which is shown this once"),
          403: problem("forbidden", "above_ceiling"),
          409: problem("name_taken", "owner_conflict"),
        },
      },
    },
    async (request, reply) => {
      const wanted = { ...request.body, project: request.params.project };
      const { client, secret, takenOver } = await createClient(changeOf(services, request), wanted);
      reply.code(201).header("etag", etagOf(client.revision));
      return { ...serializeClient(client), clientSecret: secret, takenOver };
    },
  );

  app.get(
    "/v1/projects/:project/clients",
    {
      onRequest: authorize("viewer"),
      schema: {
        ...{ operationId: "listClients", summary: "List the clients of a project, each with its grant", tags },
        params: ProjectParams,
        querystring: ClientQuery,
        response: { 200: answer(ClientPage, "A page of clients") },
      },
    },
    async (request) => {
      const { project } = request.params;
      const { limit, cursor, state = "live", ...filter } = request.query;
      // A cursor of live clients has no state: the page may come from an older replica, which knows none.
      const listing = { of: "clients", project, ...filter, ...(state !== "live" && { state }) };
      const wanted = { listing, query: { limit, cursor }, keyset: byCreation };
      const where = { project, visibility: { state, now: services.clock() }, filter };
      const { rows, nextCursor } = await readPage(wanted, (part) =>
        services.database.listings.read((listings) => listClients(listings, where, part)),
      );
      if (rows.length === 0 && (await findProject(db, project)) === null) throw projectNotFound(project);
      return { items: rows.map(serializeClientWithGrant), nextCursor };
    },
  );
}

function itemRoutes(app: Router, { services, authorize }: RouteSettings): void {
  const { db } = services.database;

  app.get(
    "/v1/projects/:project/clients/:client",
    {
      onRequest: authorize("viewer"),
      schema: {
        ...{ operationId: "getClient", summary: "Read a client", tags },
        params: ClientParams,
        querystring: ClientReadQuery,
        response: { 200: answerWithETag(Client, "The client") },
      },
    },
    async (request, reply) => {
      const key = { project: request.params.project, id: request.params.client };
      const visibility = { state: request.query.state, now: services.clock() };
      const client = await findClient(db, key, visibility);
      if (client === null) throw await clientNotFound(db, key, visibility.now);
      reply.header("etag", etagOf(client.revision));
      return serializeClient(client);
    },
  );

  app.patch(
    "/v1/projects/:project/clients/:client",
    {
      onRequest: authorize("editor"),
      schema: {
        ...{ operationId: "updateClient", summary: "Change a client, or rotate its secret", tags },
        params: ClientParams,
        headers: IfMatch,
        body: ClientPatch,
        response: {
          200: answerWithETag(ClientChanged, "The client, and the secret if the change created one"),
          403: problem("forbidden", "above_ceiling"),
          409: problem("name_taken", "owner_conflict", "secret_version_conflict", "too_many_secrets"),
        },
      },
    },
    async (request, reply) => {
      const key = { project: request.params.project, id: request.params.client };
      const expected = { key, revision: readIfMatch(request.headers["if-match"]) };
      const { client, secret } = await changeClient(changeOf(services, request), expected, request.body);
      reply.header("etag", etagOf(client.revision));
      return { ...serializeClient(client), clientSecret: secret };
    },
  );
}

function deletionRoutes(app: Router, { services, authorize }: RouteSettings): void {
  app.delete(
    "/v1/projects/:project/clients/:client",
    {
      onRequest: authorize("editor"),
      schema: {
        ...{ operationId: "deleteClient", summary: "Delete a client and end its credentials", tags },
        params: ClientParams,
        headers: IfMatch,
        querystring: ClientDeleteQuery,
        response: {
          200: answer(ClientWithGrant, "The client as it was deleted, and the grant that ended with it"),
          409: problem("owner_conflict"),
        },
      },
    },
    async (request) => {
      const key = { project: request.params.project, id: request.params.client };
      const expected = { key, revision: readIfMatch(request.headers["if-match"]) };
      const { grant, ...client } = await deleteClient(changeOf(services, request), expected, request.query);
      return serializeClientWithGrant({ client, grant });
    },
  );

  app.post(
    "/v1/projects/:project/clients/:client/restore",
    {
      onRequest: authorize("editor"),
      schema: {
        ...{ operationId: "restoreClient", summary: "Restore a deleted client, without credentials", tags },
        params: ClientParams,
        body: ClientRestore.nullish(),
        response: {
          200: answerWithETag(Client, "The client"),
          403: problem("forbidden", "above_ceiling"),
          409: problem("name_taken", "owner_conflict", "client_not_deleted"),
        },
      },
    },
    async (request, reply) => {
      const key = { project: request.params.project, id: request.params.client };
      const { name, managedBy } = request.body ?? {};
      const client = await restoreClient(changeOf(services, request), key, { name, managedBy });
      reply.header("etag", etagOf(client.revision));
      return serializeClient(client);
    },
  );
}

const byCreation = creationKeyset<ListedClient>(({ client }) => client);
