import type { SwaggerTransform } from "@fastify/swagger";
import type { FastifySchema } from "fastify";
import { createJsonSchemaTransform } from "fastify-type-provider-zod";
import { ROLES, type Role } from "xtremepush-access/schemas";
import { roleOf } from "../authorization";
import { isHealthCheck } from "../limits";
import { commonErrors } from "./answers";
import { namedSchemas } from "./named-schemas";
import { schemaSettings } from "./schema-settings";

const toJsonSchemas = createJsonSchemaTransform({ schemaRegistry: namedSchemas, zodToJsonConfig: schemaSettings });

/** Describes a route by its schemas and by what guards it. */
export const describeRoute: SwaggerTransform = ({ schema, route, ...rest }) => {
  // Fastify registers hidden routes of its own, and those of the pages of /docs, without a schema.
  if (schema === undefined || schema.hide) return toJsonSchemas({ ...rest, route, schema: { hide: true } });
  const role = [route.onRequest]
    .flat()
    .map(roleOf)
    .find((found) => found !== undefined);
  const errors = answersOwnErrors(schema)
    ? {}
    : commonErrors({
        method: String(route.method),
        url: route.url,
        forActors: role !== undefined,
        needsRole: role !== undefined && role !== ROLES[0],
        needsRevision: schema.headers !== undefined,
        isLimited: !isHealthCheck(route.url),
      });
  const described = {
    ...rest,
    route,
    schema: {
      security: role === undefined ? [] : [{ actor: [] }],
      ...(role !== undefined && { description: `For actors with ${roles(role)}.` }),
      ...schema,
      response: { ...errors, ...answersOf(schema) },
    },
  };
  const { schema: json, url } = toJsonSchemas(described);
  return { schema: withHeaders(json, described.schema), url };
};

/** Adds the headers of answers, which fastify-type-provider-zod leaves out. */
function withHeaders(schema: FastifySchema, source: FastifySchema): FastifySchema {
  const sources = new Map<string, { readonly headers?: object }>(Object.entries(answersOf(source)));
  const response = Object.entries(answersOf(schema)).map(([status, described]) => {
    const headers = { ...sources.get(status)?.headers, ...(RETRIED.has(status) && RETRY_AFTER) };
    return [status, { ...described, ...(Object.keys(headers).length > 0 && { headers }) }];
  });
  return { ...schema, response: Object.fromEntries(response) };
}

const RETRIED: ReadonlySet<string> = new Set(["429", "503"]);
const RETRY_AFTER = { "Retry-After": { type: "integer", description: "Seconds to wait" } };

/** Whether a route lists every error that it answers: those of OAuth do, in the words of their RFCs. */
function answersOwnErrors(schema: FastifySchema): boolean {
  return "500" in answersOf(schema);
}

function answersOf({ response }: FastifySchema): object {
  return typeof response === "object" && response !== null ? response : {};
}

function roles(least: Role): string {
  const enough = ROLES.slice(ROLES.indexOf(least));
  return enough.length === 1 ? `the role ${least}` : `one of the roles ${enough.join(", ")}`;
}
