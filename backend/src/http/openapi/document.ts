import type { FastifyDynamicSwaggerOptions, SwaggerTransformObject } from "@fastify/swagger";
import { createJsonSchemaTransformObject } from "fastify-type-provider-zod";
import type { Services } from "../services";
import { describeRoute } from "./describe-route";
import { finishDocument } from "./finish-document";
import { namedSchemas } from "./named-schemas";
import { schemaSettings } from "./schema-settings";

const addSchemas = createJsonSchemaTransformObject({ schemaRegistry: namedSchemas, zodToJsonConfig: schemaSettings });

const finish: SwaggerTransformObject = (document) => finishDocument(addSchemas(document));

/** The settings of /openapi.json. */
export function describeApi({ version, issuer }: Services): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Xtremepush API access",
        version,
        description: "The API Integrations backend: clients, their credentials and permissions, and access tokens.",
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      servers: [{ url: issuer }],
      tags: TAGS,
      components: { securitySchemes: SECURITY_SCHEMES },
    },
    transform: describeRoute,
    transformObject: finish,
  };
}

const TAGS = [
  { name: "Projects", description: "Projects contain clients." },
  { name: "Clients", description: "Integrations with a client ID, their secrets and their public keys." },
  { name: "Grants", description: "What clients may do, and the permissions that there are." },
  { name: "Deliveries", description: "Where the credentials of clients were delivered, and in which version." },
  { name: "Environments", description: "How long environments live, and which run is changing them." },
  { name: "Gateways", description: "What clients may do now, each change of it, and what is used." },
  { name: "Audit", description: "Who changed what, and when." },
  { name: "Actors", description: "People and pipelines that call the management API." },
  { name: "OAuth", description: "Access tokens of clients, and what clients find by themselves." },
  { name: "Operations", description: "The identity, the health and the metrics of the backend." },
];

const SECURITY_SCHEMES = {
  actor: { type: "http", scheme: "bearer", description: "The token of an actor, `xpat_…`." },
  client: { type: "http", scheme: "basic", description: "A client ID and one of its secrets, `xpcs_…`." },
} as const;
