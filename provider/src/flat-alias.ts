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
  const stays = childrenOf(before ?? pulumi.runtime.getStackResource()).some(
    (child) => Reflect.get(child, "__pulumiType") === type && Reflect.get(child, "__name") === name,
  );
  return stays ? { name, parent } : { parent: before ?? pulumi.rootStackResource };
}

/** Internal to @pulumi/pulumi, but the only way to find what a program declares; resource.js of 3.259.0. */
function childrenOf(parent: pulumi.Resource | undefined): readonly pulumi.Resource[] {
  const children: unknown = parent && Reflect.get(parent, "__childResources");
  return children instanceof Set ? [...children] : [];
}
