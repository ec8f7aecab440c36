import { word } from "xtremepush-access/text";
import { parseOwner, stackOf } from "../../protocol";
import { Failure } from "./failure";
import { findOwnerMove, type OwnerMove, type Span } from "./history";
import { isForeign, isOfOneProgram } from "./ownership";
import type { Connection } from "./session";

/** A live client or grant that a run deletes, and the owner in the state. */
interface Thing {
  readonly client: string;
  readonly target: Span["target"];
  /** The owner that this resource last wrote. */
  readonly owner: string | null;
  /** The live owner. */
  readonly managedBy: string | null;
}

/** Whose a live client or grant is. */
export type Whose =
  /** This resource's; `move` is the change to its new name, when the state does not have it yet. */
  | { readonly kind: "ours"; readonly move: OwnerMove | null }
  | { readonly kind: "theirs" }
  /** This resource's by a new name, or another program's that has a copy of the state. */
  | { readonly kind: "unclear"; readonly move: OwnerMove };

/**
 * Tells before a delete whose a thing is whose live owner may not be the one that this resource last wrote: a run that gave
 * it a new name, for example after `pulumi stack rename`, may have been killed before the state had it.
 *
 * A delete does not receive the name of its resource, and `pulumi destroy` checks none. So it knows the present name of the
 * program only from the resources that the run checks; otherwise nothing but a person tells a renamed program from a copy.
 */
export async function whoseIs(connection: Connection, { client, target, owner, managedBy }: Thing): Promise<Whose> {
  const { declarations } = connection;
  if (managedBy === null || !isForeign(managedBy, { owner })) return { kind: "ours", move: null };
  const isKnown = declarations.isPresentName(owner, managedBy);
  if (!isKnown && declarations.isDeclared(managedBy)) return { kind: "theirs" };
  const move = await findOwnerMove(connection, { client, target, from: owner, to: managedBy });
  // A client has one resource in a program. A grant may be one that another resource of it has taken over.
  const isOfThisProgram = isOfOneProgram(owner, managedBy) && declarations.mayBePresent(managedBy);
  if (isKnown || (target === "client" && move !== null && isOfThisProgram)) return { kind: "ours", move };
  return move === null || !mayBeRenamed(owner, managedBy) ? { kind: "theirs" } : { kind: "unclear", move };
}

/** Whether the one may be the other after a rename, which leaves the owner, the stack or the Pulumi project as it was. */
function mayBeRenamed(before: string | null, now: string): boolean {
  const [old, current] = [parseOwner(before), parseOwner(now)];
  if (old === null || current === null) return false;
  const [was, is] = [old, current].map(({ urn }) => stackOf(urn));
  return old.owner === current.owner || was?.stack === is?.stack || was?.pulumiProject === is?.pulumiProject;
}

/** A thing that is not deleted, and what to do when it is this resource's after all. */
interface Unclear {
  /** As in `client xpc_… is not deleted`. */
  readonly what: string;
  readonly managedBy: string | null;
  readonly way: string;
}

/** Explains that only a person knows whose a thing is. */
export function unclearFailure({ what, managedBy, way }: Unclear, { actor, time }: OwnerMove): Failure {
  return new Failure(
    [
      `${what}: ${word(actor)} made ${word(managedBy ?? "unknown")} the owner at ${word(time)}, in place of this resource`,
      `if that is this resource after its stack, Pulumi project, owner or name was changed, in a run that was interrupted: ${way}`,
      "if that is another program, which has a copy of this state: remove the resource from this state with `pulumi state delete`, which leaves it to that program",
    ].join("\n"),
  );
}
