import * as pulumi from "@pulumi/pulumi";

/** A resource inside a component, and where it may have been before it moved in. */
interface Moved {
  readonly type: string;
  readonly name: string;
  /** The component. */
  readonly parent: pulumi.Resource;
  /** What the component itself is in; undefined is the stack. */
  readonly before: pulumi.Resource | undefined;
}

/**
 * Names the resource that a program had in the place of the one in the component, so that moving it in keeps it. The
 * engine bears the name of one that never was.
 *
 * It does not bear the name of one that the program still has, so there the resource names itself. That is known when
 * the program has declared its resources, a moment later.
 */
export async function flatAlias({ type, name, parent, before }: Moved): Promise<pulumi.Alias> {
  await new Promise(setImmediate);
  const stays = childrenOf(before ?? pulumi.runtime.getStackResource()).some(
    (child) => Reflect.get(child, "__pulumiType") === type && Reflect.get(child, "__name") === name,
  );
  return stays ? { name, parent } : { parent: before ?? pulumi.rootStackResource };
}

/** Internal to @pulumi/pulumi, but the one way to learn what a program has declared; resource.js of 3.259.0. */
function childrenOf(parent: pulumi.Resource | undefined): readonly pulumi.Resource[] {
  const children: unknown = parent && Reflect.get(parent, "__childResources");
  return children instanceof Set ? [...children] : [];
}
