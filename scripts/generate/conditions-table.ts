import { readFileSync } from "node:fs";
import path from "node:path";
import { CONDITIONS } from "../../review/src/gate/conditions";

/** The guide that contains the table. */
export const RULES_GUIDE = "docs/guides/review-access-in-pull-requests.md";

const START = "<!-- Generated from review/src/gate/conditions.ts by `npm run generate`; do not edit. -->";
const END = "<!-- End of what is generated. -->";

/** The text of the guide, with the current table of conditions. */
export function rulesGuide(): string {
  const text = readFileSync(path.resolve(__dirname, "../..", RULES_GUIDE), "utf8");
  const [before, rest, ...more] = text.split(START);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error(`${RULES_GUIDE} needs the lines ${START} and ${END}, once each, around the table of conditions`);
  }
  return [before, START, "\n\n", conditionsTable(), "\n", END, after].join("");
}

/** A row for each condition that a rule may have. */
function conditionsTable(): string {
  const rows = Object.entries(CONDITIONS).map(
    ([name, { takes, meaning }]) => `| \`${name}\` | ${takes} | ${meaning} |\n`,
  );
  return `| condition | takes | is met when |\n|---|---|---|\n${rows.join("")}`;
}
