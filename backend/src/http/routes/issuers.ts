import { Issuer, IssuerCreate, IssuerName, IssuerPage } from "xtremepush-access/schemas";
import { z } from "zod";
import { createIssuer, endIssuer } from "../../changes/issuers";
import { listIssuers } from "../../store/trust";
import { answer, problem } from "../openapi/answers";
import { changeOf, type Router, type RouteSettings } from "../router";
import { serializeIssuer } from "../serializers";

const tags = ["Actors"];

export function issuerRoutes(app: Router, { services, authorize }: RouteSettings): void {
  app.post(
    "/v1/issuers",
    {
      onRequest: authorize("admin"),
      schema: {
        ...{ operationId: "createIssuer", summary: "Register an issuer of ID tokens", tags },
        body: IssuerCreate,
        response: { 201: answer(Issuer, "The issuer"), 409: problem("name_taken") },
      },
    },
    async (request, reply) => {
      reply.code(201);
      return serializeIssuer(await createIssuer(changeOf(services, request), request.body));
    },
  );

  app.get(
    "/v1/issuers",
    {
      onRequest: authorize("admin"),
      schema: {
        ...{ operationId: "listIssuers", summary: "List the issuers of ID tokens", tags },
        response: { 200: answer(IssuerPage, "All issuers") },
      },
    },
    async () => ({ items: (await listIssuers(services.database.db)).map(serializeIssuer), nextCursor: null }),
  );

  app.delete(
    "/v1/issuers/:issuer",
    {
      onRequest: authorize("admin"),
      schema: {
        ...{ operationId: "deleteIssuer", summary: "Remove an issuer that no actor trusts", tags },
        params: z.object({ issuer: IssuerName }),
        response: {
          204: z.undefined().describe("The issuer is removed"),
          404: problem("issuer_not_found"),
          409: problem("issuer_in_use"),
        },
      },
    },
    async (request, reply) => {
      await endIssuer(changeOf(services, request), request.params.issuer);
      return reply.code(204).send();
    },
  );
}
