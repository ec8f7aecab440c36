import type { Alias } from "@pulumi/pulumi/proto/alias_pb";
import type { AliasSpec } from "./aliases";

/** Reads an alias from its message. */
export function aliasSpecOf(alias: Alias): AliasSpec {
  const spec = alias.getSpec();
  if (spec === undefined) return { urn: alias.getUrn() };
  return {
    name: spec.getName(),
    type: spec.getType(),
    project: spec.getProject(),
    stack: spec.getStack(),
    parent: spec.getParenturn(),
    noParent: spec.getNoparent(),
  };
}
