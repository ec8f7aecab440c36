import { z } from "zod";
import type { PulumiStack } from "../scripts/pulumi-stack";

/** The clients in a state. */
export interface StackState {
  /** The secrets in plain text, by client ID. */
  readonly clients: ReadonlyMap<string, string>;
  readonly pendingOperations: number;
}

const Exported = z.object({
  deployment: z.object({
    resources: z
      .array(
        z.object({
          type: z.string(),
          id: z.string().optional(),
          outputs: z.looseObject({ clientSecret: z.object({ plaintext: z.string() }).optional() }).optional(),
        }),
      )
      .nullish(),
    pending_operations: z.array(z.unknown()).nullish(),
  }),
});

export async function readState(stack: PulumiStack): Promise<StackState> {
  const text = await stack.succeed("stack", "export", "--show-secrets");
  const { resources, pending_operations: pending } = Exported.parse(JSON.parse(text)).deployment;
  const clients = (resources ?? []).filter(({ type }) => type.endsWith(":ApiClient"));
  return {
    clients: new Map(clients.map(({ id = "", outputs }) => [id, plain(outputs?.clientSecret?.plaintext)])),
    pendingOperations: (pending ?? []).length,
  };
}

/** The engine shows a secret as the JSON of its value. */
function plain(json: string | undefined): string {
  return json === undefined ? "" : String(JSON.parse(json));
}
