import { word } from "xtremepush-access/text";
import { parseOwner } from "../../protocol";
import { Failure } from "./failure";

/**
 * Checks whether a live client or grant has another owner than the resource of this state.
 *
 * The output `owner` is the owner that the resource itself last wrote. The output `managedBy` is the live owner. After a
 * refresh that may be another one; a delete must then leave the client or grant unchanged.
 */
export function isForeign(managedBy: string | null, { owner }: Owned): boolean {
  return managedBy !== null && managedBy !== owner;
}

/**
 * Returns the owner in a state. A state from before the output `owner` has only the owner of its last refresh, and a
 * resource that is only read has the live one.
 */
export function ownerBefore(
  { owner, managedBy }: Partial<Pick<OwnedState, "owner" | "managedBy">>,
  live: { readonly managedBy: string | null },
): string | null {
  return owner ?? managedBy ?? live.managedBy;
}

/**
 * Keeps an update from taking back what another program now manages, according to the last refresh. Another resource of the
 * same program may be the owner after an interrupted move, so that is allowed. Do not call it in a diff, which a refresh
 * runs too.
 *
 * @throws Failure that names the owner.
 */
export function assertNotTaken(thing: string, olds: OwnedState, declared: string | null): void {
  const { managedBy, project } = olds;
  if (!isForeign(managedBy, olds) || managedBy === declared || isOfOneProgram(managedBy, declared)) return;
  const client = olds.clientId;
  throw new Failure(
    `${thing} ${word(client)} is now managed by ${word(managedBy ?? "unknown")}, so this program does not change it: remove the resource from this program, which leaves theirs untouched, or, to take it back, run \`xtremepush-access-backend client release ${word(client)} --project ${word(project)}\`, then \`pulumi up --refresh\``,
  );
}

/**
 * Whether the state names an earlier owner than the live one, which is this resource: the answer to its change of the owner
 * was lost, and a refresh has read the live owner since. Without an update, a delete would take it for another owner's.
 */
export function isOwnerLate({ owner, managedBy }: Pick<OwnedState, "owner" | "managedBy">, declared: unknown): boolean {
  // A program always declares a resource.
  return parseOwner(owner) !== null && owner !== managedBy && managedBy === declared && parseOwner(managedBy) !== null;
}

/** The owner that the resource itself last wrote. */
interface Owned {
  readonly owner: string | null;
}

/** The ownership fields of a state; `managedBy` is the live owner. */
interface OwnedState extends Owned {
  readonly clientId: string;
  readonly managedBy: string | null;
  readonly project: string;
}

/** Checks whether two owners are resources of one program: the same owner, stack and Pulumi project. */
export function isOfOneProgram(one: string | null, other: string | null): boolean {
  const program = parseOwner(one)?.program;
  return program !== undefined && program === parseOwner(other)?.program;
}
