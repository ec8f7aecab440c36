import { isPermission, type Permission } from "xtremepush-access";
import { ClientId } from "xtremepush-access/schemas";
import { z } from "zod";
import { UNKNOWN } from "../../protocol";
import type { Properties } from "../run/wire";
import { checkMap, PermissionMap, permissionsOf } from "./permission-map";

/** The inputs of a `ScopeGrant` after their check; what is not known in a preview is UNKNOWN. */
export const GrantInputs = z.object({
  client: z.string(),
  permissions: z.union([z.literal(UNKNOWN), PermissionMap]),
  managedBy: z.string().nullish(),
  adopt: z.string().nullish(),
});
export type GrantInputs = z.output<typeof GrantInputs>;

/** What the program declares for one client. */
export interface Declaration {
  readonly client: string;
  readonly permissions: readonly Permission[];
  readonly managedBy: string | null;
}

/** Reads inputs of which every one is known. */
export function declarationOf({ client, permissions, managedBy = null }: GrantInputs): Declaration {
  return { client, permissions: permissionsOf(permissions).filter(isPermission), managedBy };
}

/** What a check of inputs has found; `known` is null while some of them are not known. */
export interface CheckedGrant {
  readonly inputs: Properties;
  readonly known: GrantInputs | null;
  readonly reasons: readonly string[];
}

/** Puts each permission that is known by now under its name, and says what is wrong. */
export function checkGrant(given: Properties): CheckedGrant {
  const { map, reasons } = checkMap(given["permissions"]);
  const inputs = { ...given, permissions: map };
  const read = GrantInputs.safeParse(inputs);
  return {
    inputs,
    known: read.success && isKnown(read.data) ? read.data : null,
    reasons: [...reasons, ...clientReasons(given["client"])],
  };
}

function clientReasons(client: unknown): string[] {
  const isKnownId = ClientId.safeParse(client).success;
  return isKnownId || client === UNKNOWN ? [] : ["client must be an ApiClient or a client ID (xpc_ and 26 characters)"];
}

function isKnown({ client, permissions }: GrantInputs): boolean {
  return client !== UNKNOWN && permissions !== UNKNOWN && !Object.values(permissions).includes(UNKNOWN);
}
