import * as pulumi from "@pulumi/pulumi";

type TextMap = Record<string, pulumi.Input<string>>;

/**
 * Passes null for each value of a map that is undefined, which the check refuses. The engine would drop the key: one
 * misspelt name in an untyped program, and the update removes a public key.
 */
export function keepMissing(map: pulumi.Input<TextMap | undefined>): pulumi.Input<unknown> {
  if (pulumi.Output.isInstance(map) || map instanceof Promise) return pulumi.output(map).apply(entriesOf);
  return entriesOf(map);
}

function entriesOf(map: unknown): unknown {
  if (typeof map !== "object" || map === null || Array.isArray(map)) return map;
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, orNull(value)]));
}

function orNull(value: unknown): unknown {
  if (!pulumi.Output.isInstance(value) && !(value instanceof Promise)) return value ?? null;
  // Without its type: the guards above make it a Promise of a Promise to the compiler.
  return pulumi.output<string | null>(value as pulumi.Input<string>).apply((known) => known ?? null);
}
