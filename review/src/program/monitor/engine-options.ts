import type { TransformResourceOptions } from "@pulumi/pulumi/proto/resource_pb";
import { hashOf } from "../../manifest/replacement-trigger";
import type { EngineOptions } from "../../model/manifest";
import { inputValueOf, isUncertain } from "../inputs/input-value";
import { SECRET_PLACEHOLDER } from "../inputs/placeholder";

/**
 * Reads the options that decide what the engine does with a resource besides its inputs, after all transforms.
 *
 * @param placeholders Replace the IDs of clients that may not exist yet.
 */
export function engineOptionsOf(options: TransformResourceOptions, placeholders: readonly string[]): EngineOptions {
  return {
    retained: options.getRetainOnDelete() ?? false,
    protect: options.getProtect() ?? false,
    deletedWith: options.getDeletedWith() === "" ? null : options.getDeletedWith(),
    replaceOnChanges: options.getReplaceOnChangesList(),
    replaceWith: options.getReplaceWithList().toSorted(),
    replacementTrigger: triggerOf(options, placeholders),
    replaced: false,
  };
}

function triggerOf(
  options: TransformResourceOptions,
  placeholders: readonly string[],
): EngineOptions["replacementTrigger"] {
  const given = options.getReplacementTrigger();
  if (given === undefined) return null;
  const value = inputValueOf(given);
  if (isUncertain(value, [...placeholders, SECRET_PLACEHOLDER]))
    return { unknown: "its replacementTrigger is secret or not known before the program is deployed" };
  return hashOf(value);
}
