import { word } from "xtremepush-access/text";
import { programOf } from "../../protocol";
import { Failure } from "./failure";

/**
 * Says whether a live client or grant belongs to another owner than the resource of this state.
 *
 * The output `owner` is the owner that the resource itself wrote last. The output `managedBy` is the live one, which
 * after a refresh may be somebody else's: then a delete must leave alone what is theirs.
 */
export function isForeign(managedBy: string | null, { owner }: Owned): boolean {
  return managedBy !== null && managedBy !== owner;
}

/** The owner that a state remembers; a resource that is only read has that of the live thing. */
export function ownerBefore({ owner }: Partial<Owned>, live: { readonly managedBy: string | null }): string | null {
  return owner ?? live.managedBy;
}

/**
 * Keeps an update from taking back what another program has by now, as the last refresh has seen. What a resource of the
 * same program has may be what a run that was interrupted in a move has left. Not for a diff: a refresh calls it, too.
 *
 * @throws Failure that names the owner.
 */
export function assertNotTaken(thing: string, olds: OwnedState, declared: string | null): void {
  const { managedBy, project } = olds;
  if (!isForeign(managedBy, olds) || managedBy === declared || isOfOneProgram(managedBy, declared)) return;
  const client = olds.clientId;
  throw new Failure(
    `${thing} ${word(client)} is managed by ${word(managedBy ?? "nobody")} by now, so this program does not change it: take the resource out of this program, and its delete leaves alone what is theirs; or, to have it back, run \`xtremepush-access-backend client release ${word(client)} --project ${word(project)}\`, then \`pulumi up --refresh\``,
  );
}

/** The owner that the resource itself has written last. */
interface Owned {
  readonly owner: string | null;
}

/** What of a state says whose it is; `managedBy` is the live owner. */
interface OwnedState extends Owned {
  readonly clientId: string;
  readonly managedBy: string | null;
  readonly project: string;
}

/** Says whether two owners are resources of one program: of the same owner, stack and Pulumi project. */
export function isOfOneProgram(one: string | null, other: string | null): boolean {
  const program = one === null ? null : programOf(one);
  return program !== null && other !== null && program === programOf(other);
}
