import { type StackName, urnPrefix } from "./urn";

/** The parts of an owner that names a resource. */
export interface ParsedOwner {
  /** The part before the URN: `xtremepush:owner`, XTREMEPUSH_OWNER or the Pulumi organization. */
  readonly owner: string;
  readonly urn: string;
  /** The part that all resources of a program share: the owner, the stack and the Pulumi project. */
  readonly program: string;
}

/** Composes the owner of a client or a grant, `<owner>/<URN>`: which resource of which program manages it. */
export function composeOwner(owner: string, urn: string): string {
  return `${owner}/${urn}`;
}

/** Splits an owner into its parts; null when it names no resource. */
export function parseOwner(managedBy: string | null): ParsedOwner | null {
  const [, owner, urn, stack] = /^(.*?)\/((urn:pulumi:.*?::.*?)::.*)$/s.exec(managedBy ?? "") ?? [];
  if (owner === undefined || urn === undefined || stack === undefined) return null;
  return { owner, urn, program: composeOwner(owner, stack) };
}

/** Splits an owner that belongs to this stack into its parts; null for any other owner. */
export function parseOwnerIn(managedBy: string | null, stack: StackName): ParsedOwner | null {
  const parts = parseOwner(managedBy);
  return parts?.urn.startsWith(urnPrefix(stack)) ? parts : null;
}

/** The input with which a class says how it composes `managedBy`. The check drops it, so it is in no state. */
export const DECLARED_BY = "declaredBy";

/** How a class composes an owner, and what else only the class knows. Older handlers ignore what they do not know. */
export interface DeclaredOwner {
  /** The part before the URN. */
  readonly owner: string;
  /** Whether the program's settings name it; otherwise it is the Pulumi organization. */
  readonly isChosen: boolean;
  readonly urn: string;
  /** Of a grant: the name of its client, for people. */
  readonly clientName?: string;
}
