/** The type of the resource that stands for a whole stack. */
export const STACK_TYPE = "pulumi:pulumi:Stack";

/** Names a resource as the engine does; CreateURN of the engine 3.259.0. */
export interface UrnParts {
  readonly project: string;
  readonly stack: string;
  /** The URN of the parent, empty at the root. */
  readonly parent: string;
  readonly type: string;
  readonly name: string;
}

/** Composes the URN of a resource. */
export function urnOf({ project, stack, parent, type, name }: UrnParts): string {
  const parentType = qualifiedTypeOf(parent);
  const prefix = parentType === "" || parentType === STACK_TYPE ? "" : `${parentType}$`;
  return `urn:pulumi:${stack}::${project}::${prefix}${type}::${name}`;
}

/** The types of a resource and all of its parents, joined by `$`. */
function qualifiedTypeOf(urn: string): string {
  return urn.split("::")[2] ?? "";
}

/** The type of a resource itself. */
export function typeOf(urn: string): string {
  return qualifiedTypeOf(urn).split("$").at(-1) ?? "";
}

/** The name of a resource, which may hold `::` itself. */
export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** The URN of the provider that a resource refers to as `<URN>::<id>`. */
export function providerUrnOf(reference: string): string {
  // The id is the last part; it holds no colon.
  return reference.slice(0, reference.lastIndexOf("::"));
}
