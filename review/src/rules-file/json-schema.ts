import { z } from "zod";
import { RULES_FILE, Rules } from "../gate/rules";

/** Writes the JSON Schema (2020-12) of `access-review.yaml`, for editors. */
export function rulesSchema(): string {
  const schema = z.toJSONSchema(Rules, {
    io: "input",
    // A condition takes one value as well as the list that it becomes.
    override: ({ jsonSchema, path }) => {
      const { type, items } = jsonSchema;
      if (!path.includes("when") || type !== "array" || typeof items !== "object" || Array.isArray(items)) return;
      const list = { type, items, minItems: 1 };
      for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
      jsonSchema.anyOf = [items, list];
    },
  });
  return `${JSON.stringify({ title: RULES_FILE, ...schema }, null, 2)}\n`;
}
