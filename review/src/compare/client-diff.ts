import { isPermission, PERMISSIONS, sortPermissions } from "xtremepush-access/catalog";
import type { ClientDiff, CredentialChange, Effect, PermissionChange } from "../model/access-diff";
import { EFFECTS } from "../model/access-diff";
import { type ClientAccess, UNDECLARED_SET } from "./client-access";
import type { Replacement } from "./replacements";
import { isNewer } from "./version-order";

/** A client on both sides; null where it does not exist. */
export interface OnBothSides {
  readonly before: ClientAccess | null;
  readonly after: ClientAccess | null;
}

/** Adds the catalog version of each side; null where a side does not have the stack. */
export interface Pair extends OnBothSides {
  readonly replacement: Replacement;
  readonly baseCatalog: string | null;
  readonly headCatalog: string | null;
}

/** What changes for one client; its effects are `["none"]` when nothing changes. */
export function clientDiff(pair: Pair): ClientDiff {
  const { before, after, replacement } = pair;
  const permissions = permissionChanges(pair);
  const credentials = credentialChanges(pair);
  const unknowns = [...(before?.unknowns ?? []), ...(after?.unknowns ?? []), ...whyReplacedStays(pair)];
  const reasons = isUntouched(pair, credentials) ? unknowns.filter((why) => why !== UNDECLARED_SET) : unknowns;
  const unknown = reasons.length === 0 ? null : [...new Set(reasons)].join("; ");
  return {
    id: after?.id ?? before?.id ?? "",
    effects: effectsOf({ pair, permissions, credentials, unknown }),
    nameBefore: before?.name ?? null,
    nameAfter: after?.name ?? null,
    before: before?.permissions.length ?? 0,
    after: after?.permissions.length ?? 0,
    permissions,
    credentials,
    grantReplaced: replacement.grant,
    unknown,
    source: after?.source ?? null,
  };
}

/** Whether both sides leave the client's permissions undeclared: then they stay the same, whatever they are. */
function isUntouched({ before, after }: Pair, credentials: readonly CredentialChange[]): boolean {
  return [before, after].every((side) => side?.unknowns.includes(UNDECLARED_SET)) && credentials.length === 0;
}

interface Found {
  readonly pair: Pair;
  readonly permissions: readonly PermissionChange[];
  readonly credentials: readonly CredentialChange[];
  readonly unknown: string | null;
}

function effectsOf({ pair: { before, after, replacement }, permissions, credentials, unknown }: Found): Effect[] {
  const isThere: Readonly<Record<Effect, boolean>> = {
    unknown: unknown !== null,
    broadened: permissions.some(({ sign }) => sign === "+"),
    "credentials-changed": before !== null && credentials.length > 0,
    created: before === null && after?.declared === true,
    narrowed: replacement.grant || permissions.some(({ sign }) => sign === "-"),
    deleted: after === null && before?.declared === true,
    renamed: before?.name != null && after?.name != null && before.name !== after.name,
    none: false,
  };
  const effects = EFFECTS.filter((effect) => isThere[effect]);
  return effects.length === 0 ? ["none"] : effects;
}

/** An unknown set may hold what the other side has, so such a row is neither `+` nor `-`. */
function permissionChanges(pair: Pair): PermissionChange[] {
  const { before, after } = pair;
  const [old, young] = [new Set(before?.permissions), new Set(after?.permissions)];
  const rows = sortPermissions([...old, ...young]).flatMap((id) => {
    if (old.has(id) === young.has(id)) return [];
    const [other, known] = young.has(id) ? [before, "+" as const] : [after, "-" as const];
    return [permissionChange(id, other?.permissionsKnown === false ? "?" : known, pair)];
  });
  return rows;
}

function permissionChange(
  id: string,
  sign: PermissionChange["sign"],
  { baseCatalog, headCatalog }: Pair,
): PermissionChange {
  const isNewIn = (version: string | null) =>
    sign === "+" && version !== null && baseCatalog !== null && isNewer(version, baseCatalog);
  // The change may use a newer package than this one, which can be the default branch's.
  if (!isPermission(id)) return { sign, permission: id, ...NOT_IN_CATALOG, fromCatalog: isNewIn(headCatalog) };
  const info = PERMISSIONS[id];
  const { title, scope, scopeLabel, access, data, risk, riskReason, reference } = info;
  const since = "since" in info && typeof info.since === "string" ? info.since : null;
  const row = { sign, permission: id, title, scope, scopeLabel, access, data, risk, riskReason, reference };
  return { ...row, fromCatalog: isNewIn(since) };
}

const NOT_IN_CATALOG = {
  title: null,
  scope: null,
  scopeLabel: null,
  access: null,
  data: null,
  risk: null,
  riskReason: null,
  reference: null,
};

/** Why a replaced client, or a part of it, may not go; what is replaced is deleted as what leaves the program. */
function whyReplacedStays({ before, replacement: { client, unknown } }: Pair): string[] {
  const stays = client ? (before?.replacedStays ?? null) : null;
  return [...(unknown === null ? [] : [unknown]), ...(stays === null ? [] : [`it is replaced, and ${stays}`])];
}

/** Every credential of a new client counts as changed: it gives somebody all of the client's access. */
function credentialChanges({ before, after, replacement }: Pair): CredentialChange[] {
  if (after === null) return [];
  const [old, young] = [new Map(Object.entries(before?.credentials ?? {})), new Map(Object.entries(after.credentials))];
  const names = [...new Set([...old.keys(), ...young.keys()])].sort();
  const changes = names.flatMap((credential) => {
    const change = { before: old.get(credential) ?? null, after: young.get(credential) ?? null };
    return change.before === change.after ? [] : [{ credential, ...change }];
  });
  return [
    ...(replacement.client ? [replacedId(before, after)] : []),
    ...adoptionChange(before, after),
    ...changes,
    ...overlapChange(
      before,
      after,
      changes.some(({ credential }) => credential === "secret"),
    ),
  ];
}

/** A client that is adopted again after its delete is restored: it has the same client ID, and its secrets do not work. */
function replacedId(before: ClientAccess | null, { adopted }: ClientAccess): CredentialChange {
  const isRestored = adopted !== null && adopted === before?.adopted;
  return { credential: "client ID", before: "present", after: isRestored ? "restored" : "new" };
}

/**
 * A declared overlap also applies to a secret that is superseded already. Without one, that stays as it is, and a rotation
 * has the default. A client that is made here has no earlier secret, an adopted one may have, and a live one says it.
 */
function overlapChange(
  before: ClientAccess | null,
  { secretOverlap: young, adopted }: ClientAccess,
  rotates: boolean,
): CredentialChange[] {
  if (before?.superseded === false && !rotates) return [];
  const old = before === null && adopted !== null ? null : before?.secretOverlap;
  if (old === undefined || young === undefined || young === old || (young === null && !rotates)) return [];
  return [{ credential: "secretOverlap", before: old, after: young }];
}

/** An adopted client stays the same when the program no longer says `adopt`. */
function adoptionChange(before: ClientAccess | null, { adopted }: ClientAccess): CredentialChange[] {
  const was = before?.adopted ?? null;
  return adopted === null || adopted === was ? [] : [{ credential: "adopted client", before: was, after: adopted }];
}
