import { unknownPermissionMessage } from "xtremepush-access/catalog";
import { PermissionId } from "xtremepush-access/schemas";
import { z } from "zod";

/** `{method}/{model}` below `/api/external/`. */
export const EndpointPath = z
  .string()
  .regex(/^[A-Za-z0-9][\w-]{0,63}\/[A-Za-z0-9][\w-]{0,63}$/, "an endpoint is {method}/{model}, such as list/profile");

const ByBody = z
  .strictObject({
    one: PermissionId.meta({ description: "The permission for a body with one item" }),
    many: PermissionId.meta({ description: "The permission for a body with a list of items" }),
    list: z.string().min(1).meta({ description: "The member of the body that holds the list: events" }),
    item: z.string().min(1).optional().meta({ description: "The member that only a single item has: event" }),
  })
  .meta({ description: "Two permissions that share the endpoint, told apart by the body" });

/** What an endpoint needs, where the catalog does not know it or is wrong. */
export const EndpointMapping = z
  .union([z.literal("refuse"), PermissionId, ByBody], {
    error: ({ input }) =>
      typeof input === "string"
        ? unknownPermissionMessage(input)
        : "must be a permission, refuse, or one, many and list of a shared endpoint",
  })
  .meta({ description: "A permission, `refuse`, or two permissions that the body tells apart" });
export type EndpointMapping = z.output<typeof EndpointMapping>;
