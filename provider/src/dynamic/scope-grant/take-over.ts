import type { Grant } from "xtremepush-access";
import { clientLabel, word } from "xtremepush-access/text";
import { parseOwner } from "../../protocol";
import { aliasFor, aliasLines } from "../run/alias";
import type { Show } from "../run/engine-log";
import { Failure } from "../run/failure";
import { goneAsNull } from "../run/gone";
import { findFirstOwner } from "../run/history";
import { isOfOneProgram } from "../run/ownership";
import { differenceLines } from "../run/permission-difference";
import type { Connection } from "../run/session";
import type { Declaration, Target } from "./inputs";

/**
 * Refuses, already in the preview, a grant that cannot be created on an existing client; with unknown permissions, another
 * program's.
 *
 * @returns the permissions that the client has: none while it is deleted.
 */
export async function assertMayCreate(connection: Connection, target: Target, warn: Show): Promise<readonly string[]> {
  const { client, managedBy, permissions } = target;
  if (connection.reads.hasMade(client)) return [];
  const isAdopted = typeof target.adopt === "string";
  const live = await readGrant(connection, target);
  if (live === null && !isAdopted) throw await goneFailure(connection, client);
  if (permissions === null) {
    if (live !== null) assertOwnerAllows(live, managedBy, connection.project);
  } else {
    const declared = { client, managedBy, permissions };
    const grant = live ?? (await deletedGrant(connection, client));
    assertMayTake(grant, declared, connection);
    if (isAdopted && !(await isOwnAttempt(connection, declared))) assertGivesNothing(grant, declared);
  }
  if (live !== null && live.managedBy === null) await warnOfForeignClient(connection, target, warn);
  return live?.permissions ?? [];
}

/**
 * Reads the live grant. A replacement deletes it before its create, so one that this resource owns under the earlier name
 * of its program counts as its own.
 *
 * After `pulumi state move` of another resource, the program of before still exists. So the client must be this program's
 * as well: the run declares the resource of its owner.
 */
async function readGrant({ reads, declarations }: Connection, { client, managedBy }: Target): Promise<Grant | null> {
  const live = await reads.grant(client).catch(goneAsNull);
  if (live === null || !declarations.isEarlierName(live.managedBy, managedBy)) return live;
  const { managedBy: owner } = await reads.client(client);
  const isOwn = owner !== null && declarations.isDeclared(declarations.presentName(owner));
  return isOwn ? { ...live, managedBy } : live;
}

/** Whether an interrupted run of this program created the client, rather than a person by hand. */
async function isOwnAttempt(connection: Connection, { client, managedBy }: Declaration): Promise<boolean> {
  const live = await connection.reads.client(client).catch(goneAsNull);
  if (live === null || !isOfOneProgram(live.managedBy, managedBy)) return false;
  return isOfOneProgram(await findFirstOwner(connection, client), managedBy);
}

/** Explains a deleted client; for a client that never existed, the read itself throws. */
async function goneFailure({ access, project }: Connection, client: string): Promise<Failure> {
  const { name, deletedTime } = await access.clients.get(project, client, { state: "any" });
  return new Failure(
    `${clientLabel({ id: client, name })} was deleted at ${deletedTime}: grant the permissions to a live client, or restore this one with \`xtremepush-access-backend client restore ${client} --project ${project}\``,
  );
}

/** Reads the grant of a client that is about to be restored; the restore drops the grant's owner. */
async function deletedGrant({ access, project }: Connection, client: string): Promise<Grant> {
  return { ...(await access.grants.get(project, client, { state: "any" })), managedBy: null };
}

/**
 * Keeps the adoption of a client from giving it permissions.
 *
 * The owner of the client does not show this: without a preview, the client is already adopted when its grant is checked.
 */
function assertGivesNothing(live: Grant, { client, permissions, managedBy }: Declaration): void {
  const isOwn = live.managedBy !== null && live.managedBy === managedBy;
  if (isOwn || live.permissions.length > 0 || permissions.length === 0) return;
  throw new Failure(
    [
      `client ${client} has no permissions, and adopting it changes nothing; this grant would add:`,
      ...differenceLines([], permissions),
      "declare no permissions, and add them after the adoption; if this program has already adopted the client, remove adopt",
    ].join("\n"),
  );
}

/**
 * Refuses a grant that another program owns, whatever its permissions, and any other whose permissions would change
 * without being this resource's own.
 */
export function assertMayTake(
  live: Grant,
  declared: Declaration,
  { project, declarations }: Pick<Connection, "project" | "declarations">,
): void {
  if (live.managedBy !== null && live.managedBy === declared.managedBy) return;
  assertOwnerAllows(live, declared.managedBy, project);
  const lines = differenceLines(live.permissions, declared.permissions);
  if (live.permissions.length === 0 || lines.length === 0) return;
  const owner = live.managedBy === null ? "no program" : word(live.managedBy);
  const alias = aliasFor(live.managedBy, declared.managedBy);
  const isInProgram = live.managedBy !== null && declarations.isDeclared(live.managedBy);
  throw new Failure(
    [
      `client ${declared.client} already has permissions, set by ${word(live.updatedBy ?? "unknown")} at ${live.updatedTime} and managed by ${owner}; creating this grant would change them:`,
      ...lines,
      ...waysOut(alias, isInProgram),
    ].join("\n"),
  );
}

function waysOut(alias: string | null, isInProgram: boolean): string[] {
  if (alias === null) return ["declare the live permissions, or remove them first"];
  if (!isInProgram) return aliasLines(alias);
  return [
    `${word(alias)} is in the program: if it is for another client from now on, take two steps: \`pulumi up\` without this new grant, then with it`,
  ];
}

function assertOwnerAllows(live: Grant, declared: string | null, project: string): void {
  const { client, managedBy, updatedBy, updatedTime } = live;
  if (managedBy === null || managedBy === declared || isOfOneProgram(managedBy, declared)) return;
  const id = word(client);
  throw new Failure(
    [
      `the permissions of client ${id} are managed by another program, ${word(managedBy)} (last set by ${word(updatedBy ?? "unknown")} at ${updatedTime}): this program does not take them over, not even an equal or an empty set`,
      "either remove this ScopeGrant and have the other program declare these permissions, or move the grant to this program:",
      "  1. remove it from the other program and from its state, without a delete (`pulumi state delete`, or retainOnDelete)",
      `  2. \`xtremepush-access-backend client release ${id} --grant --project ${word(project)}\``,
      "  3. declare the live permissions here; the client stays with whoever manages it",
      ...earlierNameLines(managedBy, declared),
      "see the guide docs/guides/several-teams.md",
    ].join("\n"),
  );
}

/** A program whose owner or stack was renamed writes its new name in an update, which a replacement leaves out. */
function earlierNameLines(live: string, declared: string | null): string[] {
  const [theirs, ours] = [parseOwner(live)?.urn, parseOwner(declared)?.urn];
  // All but the stack is the same: `urn:pulumi:<stack>::<project>::<type>::<name>`.
  const [before, now] = [theirs, ours].map((urn) => urn?.split("::").slice(1).join("::"));
  if (before === undefined || before !== now) return [];
  return [
    "if that is this program before its owner or stack was renamed: run `pulumi up` without --replace, then replace",
  ];
}

/**
 * Warns when a grant without an owner is on a client that another program owns: the one program then decides what the
 * other one's client may do.
 */
async function warnOfForeignClient({ reads }: Connection, { client, managedBy }: Target, warn: Show): Promise<void> {
  const { name, managedBy: owner } = await reads.client(client);
  if (owner === null || isOfOneProgram(owner, managedBy)) return;
  await warn(
    `${clientLabel({ id: client, name })} is managed by another program, ${word(owner)}; this grant, which has no owner, makes this program decide its permissions. An actor that is bound to owners may not do this`,
  );
}
