import { compare } from "../compare/compare";
import type { AccessDiff } from "../model/access-diff";
import { previewManifest } from "./preview";

/**
 * What the output of `pulumi preview --json --show-sames` would do to access.
 *
 * @throws ReviewFailure when the file is not a complete preview.
 */
export function comparePreview(text: string, file: string): AccessDiff {
  return compare([previewManifest(text, file, "base")], [previewManifest(text, file, "head")]);
}

/** Whether a preview does exactly what was approved. A digest alone is not enough: two changes with unknown parts can share one. */
export function isApproved({ digest, verdict }: AccessDiff, approved: string): boolean {
  return digest === approved && verdict !== "unknown";
}
