import { STACK_TYPE } from "./resource-types";

/** A stack and its Pulumi project. */
export interface StackName {
  readonly pulumiProject: string;
  readonly stack: string;
}

/** Names a resource as the engine does; CreateURN of the engine 3.259.0. */
export interface UrnParts extends StackName {
  /** The URN of the parent; empty at the root. */
  readonly parent: string;
  readonly type: string;
  readonly name: string;
}

/** Composes the URN of a resource. */
export function composeUrn({ parent, type, name, ...stack }: UrnParts): string {
  const parentType = qualifiedTypeOf(parent);
  const types = parentType === "" || parentType === STACK_TYPE ? type : `${parentType}$${type}`;
  return `${urnPrefix(stack)}${types}::${name}`;
}

/** Returns the prefix of all URNs in a stack. */
export function urnPrefix({ stack, pulumiProject }: StackName): string {
  return `urn:pulumi:${stack}::${pulumiProject}::`;
}

/** Returns the stack of a resource; null when the string is not a URN. */
export function stackOf(urn: string): StackName | null {
  const [, stack, pulumiProject] = /^urn:pulumi:([^:]+)::([^:]+)::/.exec(urn) ?? [];
  return stack === undefined || pulumiProject === undefined ? null : { stack, pulumiProject };
}

/** Returns the type of a resource, without its parents. */
export function typeOf(urn: string): string {
  return qualifiedTypeOf(urn).split("$").at(-1) ?? "";
}

/** Returns the name of a resource, which may contain `::`. */
export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** Returns the URN in a provider reference, `<URN>::<id>`. */
export function providerUrnOf(reference: string): string {
  // The id is the last part; it holds no colon.
  return reference.slice(0, reference.lastIndexOf("::"));
}

/** Returns the types of a resource and its parents, joined by `$`. */
function qualifiedTypeOf(urn: string): string {
  return urn.split("::")[2] ?? "";
}
