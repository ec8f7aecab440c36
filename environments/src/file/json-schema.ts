import { z } from "zod";
import { ACCESS_ENV_FILE, AccessEnv } from "./access-env";

/** Writes the JSON Schema (2020-12) of `access-env.yaml`, for editors. */
export function accessEnvSchema(): string {
  const schema = z.toJSONSchema(AccessEnv, { io: "input" });
  return `${JSON.stringify({ title: ACCESS_ENV_FILE, ...schema }, null, 2)}\n`;
}
