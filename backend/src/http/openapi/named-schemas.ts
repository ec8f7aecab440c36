import * as schemas from "xtremepush-access/schemas";
import { z } from "zod";

/** The objects of the API, by their names in the SDK. Those of queries are left out: a query is a list of parameters. */
export const namedSchemas = z.registry<{ id?: string }>();

for (const [id, schema] of Object.entries(schemas)) {
  if (schema instanceof z.ZodObject && !id.endsWith("Query")) namedSchemas.add(schema, { id });
}
