import { Delivery, DeliveryId, DeliveryPage, DeliveryPut, DeliveryQuery, ListQuery } from "xtremepush-access/schemas";
import { z } from "zod";
import { forgetDelivery, rememberDelivery } from "../../changes/deliveries";
import { clientNotFound, projectNotFound } from "../../changes/refusals";
import { findClient } from "../../store/clients";
import { type DeliveryRow, listDeliveries, listProjectDeliveries } from "../../store/deliveries";
import { findProject } from "../../store/projects";
import { answer } from "../openapi/answers";
import { creationKeyset, readPage } from "../pagination";
import { ClientParams, changeOf, ProjectParams, type Router, type RouteSettings } from "../router";
import { serializeDelivery } from "../serializers";

const tags = ["Deliveries"];

export function deliveryRoutes(app: Router, { services, authorize }: RouteSettings): void {
  listingRoutes(app, { services, authorize });

  app.put(
    "/v1/projects/:project/clients/:client/deliveries",
    {
      onRequest: authorize("editor"),
      schema: {
        ...{ operationId: "putDelivery", summary: "Remember which version of the secret is at a destination", tags },
        params: ClientParams,
        body: DeliveryPut,
        response: { 200: answer(Delivery, "The delivery") },
      },
    },
    async (request) => {
      const { project, client } = request.params;
      const delivery = await rememberDelivery(changeOf(services, request), { project, id: client }, request.body);
      return serializeDelivery(project, delivery);
    },
  );

  app.delete(
    "/v1/projects/:project/clients/:client/deliveries/:delivery",
    {
      onRequest: authorize("editor"),
      schema: {
        ...{ operationId: "deleteDelivery", summary: "Forget a delivery, when its credential was removed", tags },
        params: ClientParams.extend({ delivery: DeliveryId }),
        response: { 204: z.undefined().describe("The delivery is forgotten") },
      },
    },
    async (request, reply) => {
      const { project, client, delivery } = request.params;
      await forgetDelivery(changeOf(services, request), { project, id: client }, delivery);
      return reply.code(204).send();
    },
  );
}

function listingRoutes(app: Router, { services, authorize }: RouteSettings): void {
  const { db } = services.database;

  app.get(
    "/v1/projects/:project/clients/:client/deliveries",
    {
      onRequest: authorize("viewer"),
      schema: {
        ...{ operationId: "listDeliveries", summary: "List where the credentials of a client were delivered", tags },
        params: ClientParams,
        querystring: ListQuery,
        response: { 200: answer(DeliveryPage, "A page of deliveries") },
      },
    },
    async (request) => {
      const { project, client } = request.params;
      const visibility = { state: "live", now: services.clock() } as const;
      const key = { project, id: client };
      if ((await findClient(db, key, visibility)) === null) throw await clientNotFound(db, key, visibility.now);
      const wanted = { listing: { of: "deliveries", client }, query: request.query, keyset: byCreation };
      const { rows, nextCursor } = await readPage(wanted, (part) =>
        services.database.listings.read((listings) => listDeliveries(listings, client, part)),
      );
      return { items: rows.map((row) => serializeDelivery(project, row)), nextCursor };
    },
  );

  app.get(
    "/v1/projects/:project/deliveries",
    {
      onRequest: authorize("viewer"),
      schema: {
        ...{ operationId: "listProjectDeliveries", summary: "List where the credentials of a project were delivered" },
        tags,
        params: ProjectParams,
        querystring: DeliveryQuery,
        response: { 200: answer(DeliveryPage, "A page of deliveries") },
      },
    },
    async (request) => {
      const { project } = request.params;
      const { environment, ...query } = request.query;
      const listing = { of: "deliveries", project, ...(environment !== undefined && { environment }) };
      const wanted = { listing, query, keyset: byCreation };
      const { rows, nextCursor } = await readPage(wanted, (part) =>
        services.database.listings.read((listings) => listProjectDeliveries(listings, { project, environment }, part)),
      );
      if (rows.length === 0 && (await findProject(db, project)) === null) throw projectNotFound(project);
      return { items: rows.map((row) => serializeDelivery(project, row)), nextCursor };
    },
  );
}

const byCreation = creationKeyset<DeliveryRow>((delivery) => delivery);
