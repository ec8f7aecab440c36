import type { Properties } from "./wire";

/**
 * Says whether a live client or grant belongs to another owner than the resource of this state.
 *
 * The output `owner` is the owner that the resource itself wrote last. The output `managedBy` is the live one, which
 * after a refresh may be somebody else's: then a delete must leave alone what is theirs.
 */
export function isForeign(managedBy: string | null, state: Properties): boolean {
  return managedBy !== null && managedBy !== state["owner"];
}

/** The owner that a state remembers; a resource that is only read has that of the live thing. */
export function ownerBefore(state: Properties, live: { readonly managedBy: string | null }): string | null {
  return typeof state["owner"] === "string" ? state["owner"] : live.managedBy;
}
