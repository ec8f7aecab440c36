import { plainIssue } from "xtremepush-access/text";
import { parseDocument } from "yaml";
import { type Rules, Rules as RulesSchema } from "../gate/rules";
import { ReviewFailure } from "../review-failure";

/**
 * Reads `access-review.yaml`.
 *
 * @throws ReviewFailure that names the field: unreadable rules must not look like no rules.
 */
export function readRules(text: string, where: string): Rules {
  const document = parseDocument(text, { strict: true, uniqueKeys: true, prettyErrors: true, logLevel: "error" });
  const [broken] = document.errors;
  if (broken !== undefined) throw new ReviewFailure(`${where} is not valid YAML: ${firstLine(broken.message)}`);
  const content = contentOf(() => document.toJS({ maxAliasCount: 50 }), where);
  if (content === null || content === undefined) {
    throw new ReviewFailure(`${where} is empty; write at least \`version: 1\`, or delete the file`);
  }
  const read = RulesSchema.safeParse(content);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const field = issue?.path.map(String).join(".");
  throw new ReviewFailure(
    `${where}${field ? `, ${field}` : ""}: ${firstLine(plainIssue(issue?.message ?? "it is not valid"))}`,
  );
}

function contentOf(read: () => unknown, where: string): unknown {
  try {
    return read();
  } catch (error) {
    if (error instanceof ReferenceError) throw new ReviewFailure(`${where} uses more YAML aliases than rules need`);
    throw error;
  }
}

function firstLine(message: string): string {
  return message.split("\n", 1)[0]?.replace(/:$/, "") ?? message;
}
