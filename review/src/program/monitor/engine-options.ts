import type { TransformResourceOptions } from "@pulumi/pulumi/proto/resource_pb";
import { hashOf } from "../../manifest/replacement-trigger";
import type { EngineOptions } from "../../model/manifest";
import { hasSecretOrUnknown, inputValueOf } from "../inputs/input-value";

/** Reads the options that decide what the engine does with a resource besides its inputs, after all transforms. */
export function engineOptionsOf(options: TransformResourceOptions): EngineOptions {
  return {
    retained: options.getRetainOnDelete() ?? false,
    deletedWith: options.getDeletedWith() === "" ? null : options.getDeletedWith(),
    replaceOnChanges: options.getReplaceOnChangesList(),
    replaceWith: options.getReplaceWithList().toSorted(),
    replacementTrigger: triggerOf(options),
    replaced: false,
  };
}

function triggerOf(options: TransformResourceOptions): EngineOptions["replacementTrigger"] {
  const given = options.getReplacementTrigger();
  if (given === undefined) return null;
  const value = inputValueOf(given);
  if (hasSecretOrUnknown(value))
    return { unknown: "its replacementTrigger is secret or not known before the program is deployed" };
  return hashOf(value);
}
