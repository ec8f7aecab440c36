import type { Grant } from "xtremepush-access";
import { z } from "zod";
import { type Location, locationOutputs } from "../run/location";
import type { Properties } from "../run/wire";
import { mapOf, PermissionMap } from "./permission-map";

/** What the handlers read from a state. States of older versions lack the fields with a default. */
export const GrantState = z.object({
  client: z.string(),
  permissions: PermissionMap,
  managedBy: z.string().nullable().default(null),
  /** The owner that this resource last wrote; `managedBy` is the live one. */
  owner: z.string().nullable().default(null),
  project: z.string(),
  backendId: z.string(),
  revision: z.number(),
});
export type GrantState = z.output<typeof GrantState>;

/** Returns the inputs that declare the live grant. */
export function inputsOf({ client, permissions, managedBy }: Grant): Properties {
  return { client, permissions: mapOf(permissions), ...(managedBy === null ? {} : { managedBy }) };
}

/** Returns the outputs that are not inputs, except the owner. */
export function serverOutputs(location: Location, grant: Grant): Properties {
  const { revision, updatedBy, updatedTime } = grant;
  return { ...locationOutputs(location), revision, updatedBy, updatedTime };
}
