import { type StackName, urnPrefix } from "./urn";

/** Composes the owner of a client or a grant, `<owner>/<URN>`: which resource of which program manages it. */
export function composeOwner(owner: string, urn: string): string {
  return `${owner}/${urn}`;
}

/** Returns the URN in an owner that names a resource. */
export function urnFrom(managedBy: string): string {
  return managedBy.slice(managedBy.indexOf(URN));
}

/** Returns the URN in an owner when it belongs to this stack; otherwise null. */
export function urnIn(managedBy: string | null, stack: StackName): string | null {
  const start = managedBy?.indexOf(`/${urnPrefix(stack)}`) ?? -1;
  return managedBy === null || start === -1 ? null : managedBy.slice(start + 1);
}

/** Returns the part before the URN: `xtremepush:owner`, XTREMEPUSH_OWNER or the Pulumi organization. */
export function ownerIn(managedBy: string): string {
  return managedBy.split(`/${URN}`, 1)[0] ?? managedBy;
}

/** Returns the part of an owner that all resources of a program share; null when it names no resource. */
export function programOf(managedBy: string): string | null {
  return /^.*?urn:pulumi:.*?::.*?(?=::)/s.exec(managedBy)?.[0] ?? null;
}

const URN = "urn:pulumi:";
