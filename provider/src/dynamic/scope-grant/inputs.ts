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

/** A grant that is declared for a client whose ID is known. */
export interface Target extends Omit<Declaration, "permissions"> {
  /** Null while some are not known. */
  readonly permissions: Declaration["permissions"] | null;
  readonly adopt: string | null;
}

/** The result of a check. */
export interface CheckedGrant {
  readonly inputs: Properties;
  /** Null while the client is not known. */
  readonly target: Target | null;
  readonly reasons: readonly string[];
}

/** Replaces the placeholders of permissions that are now known, and lists what is wrong. */
export function checkGrant(given: Properties): CheckedGrant {
  const { map, reasons } = checkMap(given["permissions"]);
  const inputs = { ...given, permissions: map };
  const read = GrantInputs.safeParse(inputs);
  return {
    inputs,
    target: read.success && read.data.client !== UNKNOWN ? targetOf(read.data) : null,
    reasons: [...reasons, ...clientReasons(given["client"])],
  };
}

function clientReasons(client: unknown): string[] {
  if (isMissing(client)) return [missingInput("client")];
  const isKnownId = ClientId.safeParse(client).success;
  return isKnownId || client === UNKNOWN ? [] : ["client must be an ApiClient or a client ID (xpc_ and 26 characters)"];
}

function targetOf(inputs: GrantInputs): Target {
  const { client, permissions, managedBy = null, adopt = null } = inputs;
  const isKnown = permissions !== UNKNOWN && !Object.values(permissions).includes(UNKNOWN);
  return { client, managedBy, adopt, permissions: isKnown ? declarationOf(inputs).permissions : null };
}
