import * as pulumi from "@pulumi/pulumi";

/** A resource inside a component, and the parent that it may have had before. */
interface Moved {
  readonly type: string;
  readonly name: string;
  /** The component. */
  readonly parent: pulumi.Resource;
  /** The parent of the component; undefined is the stack. */
  readonly before: pulumi.Resource | undefined;
}

/**
 * Returns an alias for the resource of the same name outside of the component, so that moving it in keeps it. The
 * engine accepts an alias that never existed.
 *
 * It does not accept an alias that the program still declares, so in that case the resource is its own alias. This is
 * known a moment later, when the program has declared its resources.
 */
export async function flatAlias({ type, name, parent, before }: Moved): Promise<pulumi.Alias> {
  await new Promise(setImmediate);
  const stays = namesUnder(before ?? pulumi.runtime.getStackResource()).has(nameOf(type, name));
  return stays ? { name, parent } : { parent: before ?? pulumi.rootStackResource };
}

/** The children of each parent, which a large program would otherwise read once for each of them. */
const known = new WeakMap<object, { readonly size: number; readonly names: ReadonlySet<string> }>();

function namesUnder(parent: pulumi.Resource | undefined): ReadonlySet<string> {
  // Internal to @pulumi/pulumi, but the only way to find what a program declares; resource.js of 3.259.0.
  const children: unknown = parent && Reflect.get(parent, "__childResources");
  if (!(children instanceof Set)) return new Set();
  const before = known.get(children);
  // A program may declare more at any time, and removes none.
  if (before?.size === children.size) return before.names;
  const names = new Set(
    [...children].map((child) => nameOf(Reflect.get(child, "__pulumiType"), Reflect.get(child, "__name"))),
  );
  known.set(children, { size: children.size, names });
  return names;
}

function nameOf(type: unknown, name: unknown): string {
  return JSON.stringify([type, name]);
}
