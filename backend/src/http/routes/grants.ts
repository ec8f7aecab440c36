import { ClientReadQuery, Grant, GrantPut } from "xtremepush-access/schemas";
import { changeGrant } from "../../changes/grants";
import { clientNotFound } from "../../changes/refusals";
import { findClientAndGrant } from "../../store/clients";
import { etagOf, readIfMatch } from "../etags";
import { answerWithETag, problem } from "../openapi/answers";
import { ClientParams, changeOf, IfMatch, type Router, type RouteSettings } from "../router";
import { serializeGrant } from "../serializers";

const tags = ["Grants"];

export function grantRoutes(app: Router, { services, authorize }: RouteSettings): void {
  const { db } = services.database;

  app.get(
    "/v1/projects/:project/clients/:client/permissions",
    {
      onRequest: authorize("viewer"),
      schema: {
        ...{ operationId: "getGrant", summary: "Read the permissions of a client", tags },
        params: ClientParams,
        querystring: ClientReadQuery,
        response: { 200: answerWithETag(Grant, "The grant; revision 0 when it was never set") },
      },
    },
    async (request, reply) => {
      const key = { project: request.params.project, id: request.params.client };
      const visibility = { state: request.query.state, now: services.clock() };
      const found = await findClientAndGrant(db, key, visibility);
      if (found === null) throw await clientNotFound(db, key, visibility.now);
      reply.header("etag", etagOf(found.grant?.revision ?? 0));
      return serializeGrant(found.client, found.grant);
    },
  );

  app.put(
    "/v1/projects/:project/clients/:client/permissions",
    {
      onRequest: authorize("editor"),
      schema: {
        ...{ operationId: "putGrant", summary: "Replace the permissions of a client", tags },
        params: ClientParams,
        headers: IfMatch,
        body: GrantPut,
        response: {
          200: answerWithETag(Grant, "The grant"),
          403: problem("forbidden", "above_ceiling"),
        },
      },
    },
    async (request, reply) => {
      const { permissions, managedBy } = request.body;
      const key = { project: request.params.project, id: request.params.client };
      const expected = { key, revision: readIfMatch(request.headers["if-match"]) };
      const changed = await changeGrant(changeOf(services, request), expected, { permissions, managedBy });
      reply.header("etag", etagOf(changed.grant?.revision ?? 0));
      return serializeGrant(changed.client, changed.grant);
    },
  );
}
