import { composeUrn, nameOf, STACK_TYPE, typeOf } from "pulumi-xtremepush/protocol";

/** An alias as a program gives it: a URN, or what of the present one was different. */
export type AliasSpec =
  | { readonly urn: string }
  | {
      readonly name: string;
      readonly type: string;
      readonly project: string;
      readonly stack: string;
      /** The URN of the former parent; empty for the present one. */
      readonly parent: string;
      /** It was at the root. */
      readonly noParent: boolean;
    };

/** The resource that aliases are of. */
export interface Aliased {
  readonly project: string;
  readonly stack: string;
  readonly parent: string;
  readonly type: string;
  readonly name: string;
  readonly specs: readonly AliasSpec[];
}

/** More than any program gives; each alias of a parent multiplies those of its children. */
const ALIASES_MAX = 1_000;

/**
 * The URNs under which the engine may know a resource: its own aliases, and those that it inherits with each alias of its
 * parent. Which one of a parent's aliases was real only the state knows, so that all of them count.
 * In the engine's order: it takes the first one that is in the state.
 *
 * Source: generateAliases of the engine 3.259.0.
 *
 * @throws RangeError when they are more than any program gives.
 */
export function aliasesOf(resource: Aliased, aliasesOfParent: ReadonlyMap<string, readonly string[]>): string[] {
  const former = (parent: string) => [parent, ...(aliasesOfParent.get(parent) ?? [])];
  const own = resource.specs.flatMap((spec) => {
    if ("urn" in spec) return [spec.urn];
    return spec.parent === ""
      ? [collapsed(resource, spec)]
      : former(spec.parent).map((parent) => collapsed(resource, { ...spec, parent }));
  });
  assertBounded(own, resource);
  const inherited = (aliasesOfParent.get(resource.parent) ?? []).flatMap((parentAlias) => {
    const children = [
      { type: resource.type, name: resource.name },
      ...own.map((urn) => ({ type: typeOf(urn), name: nameOf(urn) })),
    ];
    return children.map((child) => inheritedAlias(resource, child, parentAlias));
  });
  // A component names a child by its own URN where there is nothing else to name.
  const all = [...new Set([...own, ...inherited])].filter(
    (urn) => urn !== composeUrn({ ...resource, pulumiProject: resource.project }),
  );
  assertBounded(all, resource);
  return all;
}

function assertBounded(aliases: readonly string[], { name }: Aliased): void {
  if (aliases.length > ALIASES_MAX) throw new RangeError(`${name} has more than ${ALIASES_MAX} aliases`);
}

function collapsed(resource: Aliased, spec: Exclude<AliasSpec, { urn: string }>): string {
  const parent = spec.parent === "" ? resource.parent : spec.parent;
  return composeUrn({
    pulumiProject: spec.project || resource.project,
    stack: spec.stack || resource.stack,
    parent: spec.noParent || typeOf(parent) === STACK_TYPE ? "" : parent,
    type: spec.type || resource.type,
    name: spec.name || resource.name,
  });
}

/** A child that is named after its parent was renamed with it. */
function inheritedAlias(resource: Aliased, child: { type: string; name: string }, parentAlias: string): string {
  const parentName = nameOf(resource.parent);
  const name = child.name.startsWith(parentName)
    ? nameOf(parentAlias) + child.name.slice(parentName.length)
    : child.name;
  const { project: pulumiProject, stack } = resource;
  return composeUrn({ pulumiProject, stack, parent: parentAlias, type: child.type, name });
}
