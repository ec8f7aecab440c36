import { isDeepStrictEqual } from "node:util";
import { parseOwner } from "pulumi-xtremepush/protocol";
import { isPermission, sortPermissions } from "xtremepush-access";
import type { AuditEvent } from "xtremepush-access/schemas";
import { type Recorded, type Replay, replay } from "../faults/record";

/** A client that exists at one time. */
export interface Access {
  readonly name: unknown;
  readonly permissions: readonly string[];
  /** The secret's version and the fingerprints of its keys. */
  readonly credentials: Readonly<Record<string, unknown>>;
}

/** What happened to the clients of one resource in a run. */
export interface Happened {
  /** The URN of the resource, or the ID of a client that the program does not declare. */
  readonly id: string;
  /** The client IDs that the resource ever had. */
  readonly clientIds: readonly string[];
  /** Null where the program has no such client. */
  readonly before: Access | null;
  readonly after: Access | null;
  /** Client IDs that came to the program, and that ended. */
  readonly made: readonly string[];
  readonly ended: readonly string[];
  /** Permissions that a row takes away or gives, whatever the run ends with. */
  readonly taken: readonly string[];
  readonly given: readonly string[];
  /** Whether a row gives somebody another secret or key, ends one, or lets one live for another time. */
  readonly touchesCredentials: boolean;
}

/** Finds the resource that a URN of the audit trail belongs to now. */
export type Canonical = (urn: string) => string;

/**
 * Reads what happened to each client between two times, from all audit rows of a project.
 *
 * @param rows All rows, the oldest first.
 * @param start How many of them came before the run.
 */
export function happenings(rows: readonly AuditEvent[], start: number, canonical: Canonical): Happened[] {
  const [old, young] = [replay(rows.slice(0, start)), replay(rows)];
  const resourceOf = (id: string) => {
    const urn = parseOwner(textOf(young.get(id)?.recorded.client.managedBy))?.urn;
    return urn === undefined ? id : canonical(urn);
  };
  const during = Map.groupBy(rows.slice(start), ({ target }) => target.id);
  return [...Map.groupBy(young.keys(), resourceOf)].map(([resource, ids]) => {
    const own = ids.flatMap((id) => during.get(id) ?? []);
    const [before, after] = [old, young].map((at) =>
      joined(ids.flatMap((id) => accessOf(at.get(id), resource !== id))),
    );
    const isThere = (at: ReadonlyMap<string, Replay>) =>
      ids.filter((id) => accessOf(at.get(id), resource !== id).length > 0);
    return {
      id: resource,
      clientIds: ids,
      before: before ?? null,
      after: after ?? null,
      made: isThere(young).filter((id) => !isThere(old).includes(id)),
      ended: isThere(old).filter((id) => !isThere(young).includes(id)),
      ...movesOf(own, old),
      touchesCredentials: own.some(touchesCredentials),
    };
  });
}

/** Whether something happened. */
export function isChange({ before, after, made, ended, taken, given, touchesCredentials }: Happened): boolean {
  const isMoved = made.length + ended.length + taken.length + given.length > 0;
  return isMoved || touchesCredentials || before?.name !== after?.name;
}

/** The access to a client that lives and belongs to somebody's program; one that is only granted here belongs to nobody. */
function accessOf(at: Replay | undefined, isOwned: boolean): Access[] {
  if (at === undefined || at.recorded.deleted || (isOwned && at.recorded.client.managedBy === null)) return [];
  const { client } = at.recorded;
  const keys = Object.entries(client.publicKeys).map(([label, fingerprint]) => [`key ${label}`, fingerprint]);
  const secret = client.secretVersion === 0 ? [] : [["secret", `version ${client.secretVersion}`]];
  const permissions = permissionsIn(at.recorded.grant);
  return [{ name: client.name, permissions, credentials: Object.fromEntries([...secret, ...keys]) }];
}

function joined([first, ...others]: readonly Access[]): Access | null {
  if (first === undefined) return null;
  const permissions = [first, ...others].flatMap((access) => access.permissions).filter(isPermission);
  return { ...first, permissions: sortPermissions(permissions) };
}

function permissionsIn({ permissions }: Pick<Recorded["grant"], "permissions">): readonly string[] {
  return Array.isArray(permissions) ? permissions : [];
}

function movesOf(rows: readonly AuditEvent[], old: ReadonlyMap<string, Replay>) {
  const held = new Map<string, readonly string[]>();
  const steps = rows.flatMap(({ target, after }) => {
    if (target.type !== "grant" || after === null || !("permissions" in after)) return [];
    const recorded = old.get(target.id)?.recorded;
    const before = held.get(target.id) ?? (recorded === undefined ? [] : permissionsIn(recorded.grant));
    const now = permissionsIn({ permissions: after["permissions"] });
    held.set(target.id, now);
    return [{ before, now }];
  });
  return {
    taken: steps.flatMap(({ before, now }) => before.filter((permission) => !now.includes(permission))),
    given: steps.flatMap(({ before, now }) => now.filter((permission) => !before.includes(permission))),
  };
}

const CREDENTIALS = ["secretVersion", "publicKeys", "secretOverlap"] as const;

function touchesCredentials({ action, target, before, after }: AuditEvent): boolean {
  if (target.type !== "client" || action === "client.delete") return false;
  if (action !== "client.update") return true;
  return CREDENTIALS.some((field) => !isDeepStrictEqual(before?.[field], after?.[field]));
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
