import { z } from "zod";
import type { Permission } from "../catalog";
import { AnsweredPermission, changeFields, ManagedBy, PermissionSet } from "./fields";

/** The permissions of a client. A grant that was never set is empty and unowned, at revision 0. */
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

/** The request that replaces the whole set; without `managedBy` the owner stays. */
export const GrantPut = z.strictObject({ permissions: PermissionSet, managedBy: ManagedBy.optional() });
/** The type limits the permissions to the catalog; the schema names the nearest permission for any other string. */
export type GrantPut = Omit<z.input<typeof GrantPut>, "permissions"> & { readonly permissions: readonly Permission[] };
