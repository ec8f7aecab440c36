import { z } from "zod";
import { GATEWAY_FILE, GatewayFile } from "./gateway-file";

/** Writes the JSON Schema (2020-12) of `gateway.yaml`, for editors. */
export function gatewaySchema(): string {
  const schema = z.toJSONSchema(GatewayFile, { io: "input" });
  return `${JSON.stringify({ title: GATEWAY_FILE, ...schema }, null, 2)}\n`;
}
