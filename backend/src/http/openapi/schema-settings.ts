import { z } from "zod";

/** How zod's schemas become those of OpenAPI, in requests and answers. */
export const schemaSettings: Pick<z.core.ToJSONSchemaParams, "override"> = {
  override: ({ zodSchema, jsonSchema }) => {
    // What a schema transforms or refines has its limits in its metadata.
    const { id, ...limits } = z.globalRegistry.get(zodSchema) ?? {};
    Object.assign(jsonSchema, limits);
    // An answer without a body.
    if (zodSchema instanceof z.ZodUndefined) jsonSchema.type = "null";
  },
};
