import { isPermission, type Permission } from "xtremepush-access";
import { ClientId } from "xtremepush-access/schemas";
import { z } from "zod";
import { UNKNOWN } from "../../protocol";
import { isMissing, missingInput } from "../run/missing-input";
import type { Properties } from "../run/wire";
import { checkMap, PermissionMap, permissionsOf } from "./permission-map";

/** The checked inputs of a `ScopeGrant`; values that a preview does not know are UNKNOWN. */
export const GrantInputs = z.object({
  client: z.string(),
  permissions: z.union([z.literal(UNKNOWN), PermissionMap]),
  managedBy: z.string().nullish(),
  adopt: z.string().nullish(),
});
export type GrantInputs = z.output<typeof GrantInputs>;

/** The declaration of a grant, with all values known. */
export interface Declaration {
  readonly client: string;
  readonly permissions: readonly Permission[];
  readonly managedBy: string | null;
}

/** Reads inputs whose values are all known. */
export function declarationOf({ client, permissions, managedBy = null }: GrantInputs): Declaration {
  return { client, permissions: permissionsOf(permissions).filter(isPermission), managedBy };
}

/** Which client a grant is for, and which resource declares it. */
export type Target = Pick<Declaration, "client" | "managedBy">;

/** The result of a check. */
export interface CheckedGrant {
  readonly inputs: Properties;
  /** Null while some inputs are not known. */
  readonly known: GrantInputs | null;
  /** Null while the client is not known. */
  readonly target: Target | null;
  readonly reasons: readonly string[];
}

/** Replaces the placeholders of permissions that are now known, and lists what is wrong. */
export function checkGrant(given: Properties): CheckedGrant {
  const { map, reasons } = checkMap(given["permissions"]);
  const inputs = { ...given, permissions: map };
  const read = GrantInputs.safeParse(inputs);
  const { client = UNKNOWN, managedBy = null } = read.data ?? {};
  return {
    inputs,
    target: client === UNKNOWN ? null : { client, managedBy },
    known: read.success && isKnown(read.data) ? read.data : null,
    reasons: [...reasons, ...clientReasons(given["client"])],
  };
}

function clientReasons(client: unknown): string[] {
  if (isMissing(client)) return [missingInput("client")];
  const isKnownId = ClientId.safeParse(client).success;
  return isKnownId || client === UNKNOWN ? [] : ["client must be an ApiClient or a client ID (xpc_ and 26 characters)"];
}

function isKnown({ client, permissions }: GrantInputs): boolean {
  return client !== UNKNOWN && permissions !== UNKNOWN && !Object.values(permissions).includes(UNKNOWN);
}
