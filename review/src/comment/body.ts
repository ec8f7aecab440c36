import { createHash } from "node:crypto";
import type { Review } from "../model/review";
import { lengthOf, type MarkdownOptions, writeMarkdown } from "../outputs/markdown";
import { code, link } from "../outputs/markdown-text";

/** The longest comment that GitHub accepts, in UTF-16 code units. */
export const BODY_MAX = 65_536;

/** The hidden first line that identifies the comment of one set of stacks. */
export function markerOf(set: string): string {
  return `<!-- xtremepush-access-review:${createHash("sha256").update(set).digest("hex").slice(0, 16)} -->`;
}

/** Writes a comment that fits GitHub's limit. A long one leaves out its least grave rows, and says so. */
export function writeBody(review: Review, set: string, options: Omit<MarkdownOptions, "room">): string {
  const marker = `${markerOf(set)}\n`;
  return `${marker}${writeMarkdown(review, { ...options, room: { max: BODY_MAX - marker.length, measure: lengthOf } })}`;
}

/** Writes the comment on a change that could not be compared. It replaces an older verdict, which no longer holds. */
export function failureBody(
  set: string,
  { program, reportAddress }: { program: string; reportAddress?: string },
): string {
  const what = program === "" ? "this change" : `this change to ${code(program)}`;
  const where = reportAddress === undefined ? "the log of the run" : link("the run", reportAddress);
  return `${markerOf(set)}\n### Could not compare\n\nWhat ${what} does to access is unknown; see ${where}.\n`;
}
