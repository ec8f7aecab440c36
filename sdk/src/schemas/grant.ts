import { z } from "zod";
import type { Permission } from "../catalog";
import { AnsweredPermission, changeFields, ManagedBy, PermissionSet } from "./fields";

/** What a client may do. Never set, it is empty, at revision 0, and of nobody. */
export const Grant = z.looseObject({
  client: z.string(),
  project: z.string(),
  permissions: z.array(AnsweredPermission),
  ...changeFields,
  createdBy: changeFields.createdBy.nullable(),
  createdTime: changeFields.createdTime.nullable(),
  updatedBy: changeFields.updatedBy.nullable(),
  updatedTime: changeFields.updatedTime.nullable(),
});
export type Grant = z.output<typeof Grant>;

/** Replaces the whole set; `managedBy` left out keeps the owner. */
export const GrantPut = z.strictObject({ permissions: PermissionSet, managedBy: ManagedBy.optional() });
/** A typed program gives permissions of the catalog; the schema also names the nearest one for any other text. */
export type GrantPut = Omit<z.input<typeof GrantPut>, "permissions"> & { readonly permissions: readonly Permission[] };
