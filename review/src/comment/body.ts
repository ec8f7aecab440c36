import { createHash } from "node:crypto";
import type { Review } from "../model/review";
import { DETAILS, type MarkdownOptions, markdownOf } from "../outputs/markdown";
import { link, plainText } from "../outputs/markdown-text";
import { headline, OUTCOMES } from "../outputs/wording";

/** The longest comment that GitHub takes, in UTF-16 code units. */
export const BODY_MAX = 65_536;

/** The hidden first line by which a comment of one set of stacks is found again. */
export function markerOf(set: string): string {
  return `<!-- xtremepush-access-review:${createHash("sha256").update(set).digest("hex").slice(0, 16)} -->`;
}

/** Writes a comment that GitHub takes: everything, else the graver permissions, else the counts, else the verdict. */
export function bodyOf(review: Review, set: string, options: Omit<MarkdownOptions, "detail">): string {
  const marker = markerOf(set);
  for (const detail of DETAILS) {
    const body = `${marker}\n${markdownOf(review, { ...options, detail })}`;
    if (body.length <= BODY_MAX) return body;
  }
  return [marker, `### ${plainText(headline(review.diff))}`, "", verdictLine(review, options.reportAddress), ""].join(
    "\n",
  );
}

/** Writes the comment on a change that could not be compared: an older verdict must not stay there. */
export function failureBody(set: string, reportAddress: string | undefined): string {
  const where = reportAddress === undefined ? "the log of the run" : link("the run", reportAddress);
  return `${markerOf(set)}\n### Could not compare\n\nWhat this change does to access is not known; ${where} says why.\n`;
}

function verdictLine({ decision, diff }: Review, reportAddress: string | undefined): string {
  const where =
    reportAddress === undefined ? "the whole report is with the run" : link("the whole report", reportAddress);
  return `**${OUTCOMES[decision.outcome]}**: ${where}.\n\n<sub>digest <code>${diff.digest}</code></sub>`;
}
