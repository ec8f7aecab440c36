import { composeUrn, nameOf, STACK_TYPE, typeOf } from "pulumi-xtremepush/protocol";

/** An alias as a program gives it: a URN, or the parts that differ from the current URN. */
export type AliasSpec =
  | { readonly urn: string }
  | {
      readonly name: string;
      readonly type: string;
      readonly project: string;
      readonly stack: string;
      /** The URN of the former parent; empty for the current one. */
      readonly parent: string;
      /** Whether it was at the root. */
      readonly noParent: boolean;
    };

export interface Aliased {
  readonly project: string;
  readonly stack: string;
  readonly parent: string;
  readonly type: string;
  readonly name: string;
  readonly specs: readonly AliasSpec[];
}

/** More than any real program has; each alias of a parent multiplies the aliases of its children. */
const ALIASES_MAX = 1_000;

/**
 * Lists the URNs that the engine may know a resource by: its own aliases, and those that it inherits with each alias of
 * its parent. Only the state knows which alias of a parent was real, so all of them count. The order is the engine's,
 * which takes the first one that is in the state.
 *
 * Source: generateAliases of the engine 3.259.0.
 *
 * @throws RangeError for more aliases than any real program has.
 */
export function aliasesOf(resource: Aliased, aliasesOfParent: ReadonlyMap<string, readonly string[]>): string[] {
  const former = (parent: string) => [parent, ...(aliasesOfParent.get(parent) ?? [])];
  const own = resource.specs.flatMap((spec) => {
    if ("urn" in spec) return [spec.urn];
    return spec.parent === ""
      ? [urnOfAlias(resource, spec)]
      : former(spec.parent).map((parent) => urnOfAlias(resource, { ...spec, parent }));
  });
  assertBounded(own, resource);
  const inherited = (aliasesOfParent.get(resource.parent) ?? []).flatMap((parentAlias) => {
    const children = [
      { type: resource.type, name: resource.name },
      ...own.map((urn) => ({ type: typeOf(urn), name: nameOf(urn) })),
    ];
    return children.map((child) => inheritedAlias(resource, child, parentAlias));
  });
  // A component may list a child's current URN as an alias.
  const all = [...new Set([...own, ...inherited])].filter(
    (urn) => urn !== composeUrn({ ...resource, pulumiProject: resource.project }),
  );
  assertBounded(all, resource);
  return all;
}

function assertBounded(aliases: readonly string[], { name }: Aliased): void {
  if (aliases.length > ALIASES_MAX) throw new RangeError(`${name} has more than ${ALIASES_MAX} aliases`);
}

function urnOfAlias(resource: Aliased, spec: Exclude<AliasSpec, { urn: string }>): string {
  const parent = spec.parent === "" ? resource.parent : spec.parent;
  return composeUrn({
    pulumiProject: spec.project || resource.project,
    stack: spec.stack || resource.stack,
    parent: spec.noParent || typeOf(parent) === STACK_TYPE ? "" : parent,
    type: spec.type || resource.type,
    name: spec.name || resource.name,
  });
}

/** A child whose name starts with its parent's name was renamed with the parent. */
function inheritedAlias(resource: Aliased, child: { type: string; name: string }, parentAlias: string): string {
  const parentName = nameOf(resource.parent);
  const name = child.name.startsWith(parentName)
    ? nameOf(parentAlias) + child.name.slice(parentName.length)
    : child.name;
  const { project: pulumiProject, stack } = resource;
  return composeUrn({ pulumiProject, stack, parent: parentAlias, type: child.type, name });
}
