import { createHash } from "node:crypto";
import type { Review } from "../model/review";
import { DETAILS, type MarkdownOptions, writeMarkdown } from "../outputs/markdown";
import { link, plainText } from "../outputs/markdown-text";
import { describeVerdict, OUTCOMES } from "../outputs/wording";

/** The longest comment that GitHub accepts, in UTF-16 code units. */
export const BODY_MAX = 65_536;

/** The hidden first line that identifies the comment of one set of stacks. */
export function markerOf(set: string): string {
  return `<!-- xtremepush-access-review:${createHash("sha256").update(set).digest("hex").slice(0, 16)} -->`;
}

/** Writes a comment that fits GitHub's limit: in full, else the riskier permissions, else the counts, else the verdict. */
export function writeBody(review: Review, set: string, options: Omit<MarkdownOptions, "detail">): string {
  const marker = markerOf(set);
  for (const detail of DETAILS) {
    const body = `${marker}\n${writeMarkdown(review, { ...options, detail })}`;
    if (body.length <= BODY_MAX) return body;
  }
  return [
    marker,
    `### ${plainText(describeVerdict(review.diff))}`,
    "",
    verdictLine(review, options.reportAddress),
    "",
  ].join("\n");
}

/** Writes the comment on a change that could not be compared. It replaces an older verdict, which no longer holds. */
export function failureBody(set: string, reportAddress: string | undefined): string {
  const where = reportAddress === undefined ? "the log of the run" : link("the run", reportAddress);
  return `${markerOf(set)}\n### Could not compare\n\nWhat this change does to access is unknown; see ${where}.\n`;
}

function verdictLine({ decision, diff }: Review, reportAddress: string | undefined): string {
  const where =
    reportAddress === undefined ? "the full report is with the run" : link("the full report", reportAddress);
  return `**${OUTCOMES[decision.outcome]}**: ${where}.\n\n<sub>digest <code>${diff.digest}</code></sub>`;
}
