import ts from "typescript";
import { classOf } from "../../../sdk/src/client/failure";
import { PROBLEMS, type ProblemCode } from "../../../sdk/src/schemas";
import { commentOf, parseSource, propertiesOf } from "../doc-comments";
import { code, generatedFrom, plainText, table } from "../markdown";

/** The text of docs/reference/errors.md. */
export function errorsPage(): string {
  return [
    generatedFrom("PROBLEMS, the OAuth errors and the error classes of the sdk"),
    `# Errors\n\n${INTRODUCTION}\n`,
    `\n## The management API\n\n${PROBLEM_NOTE}\n\n`,
    table(["code", "status", "title", "class in the SDK", "cause and fix"], problemRows()),
    `\n## The OAuth endpoints\n\n${OAUTH_NOTE}\n\n`,
    table(["code", "status", "cause and fix"], oauthRows()),
    `\n## The SDK\n\n${SDK_NOTE}\n\n`,
    table(["class", "when"], classRows()),
  ].join("");
}

const INTRODUCTION =
  "Every message says what failed, on what, and what to do. The codes do not change: programs can rely on them.";

const PROBLEM_NOTE = `Answers are [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) problem details with \`code\`, \`status\`, \`title\`, \`detail\`, \`requestId\`, and where
they help \`errors\` (one entry per field) and \`current\` (the resource as it is now).`;

const OAUTH_NOTE = `Answers are those of [RFC 6749](https://www.rfc-editor.org/rfc/rfc6749#section-5.2), section 5.2: \`error\` and \`error_description\`. The SDK makes each an \`OAuthError\`.`;

const SDK_NOTE = `A call of an \`AccessClient\` rejects with one of these classes; \`NotFoundError.is(error)\` recognises one, also from another copy of the
package. Its \`code\` is one of those above, or \`connection_failed\`, \`timeout\`, \`aborted\` or \`unexpected_answer\` when there is no valid answer.`;

function problemRows(): string[][] {
  return propertiesOf(parseSource("sdk/src/schemas/problem.ts"), "PROBLEMS").map((property) => {
    const name = property.name.getText();
    if (!isProblemCode(name)) throw new Error(`${name} is not a code of PROBLEMS`);
    const { status, title } = PROBLEMS[name];
    const { paragraphs } = commentOf(property, name);
    return [code(name), String(status), plainText(title), code(classOf(status).prototype.name), paragraphs.join(" ")];
  });
}

function isProblemCode(name: string): name is ProblemCode {
  return name in PROBLEMS;
}

function oauthRows(): string[][] {
  return propertiesOf(parseSource("backend/src/oauth/oauth-error.ts"), "OAUTH_STATUS").map((property) => [
    code(property.name.getText()),
    property.initializer.getText(),
    commentOf(property, property.name.getText()).paragraphs.join(" "),
  ]);
}

function classRows(): string[][] {
  const classes = parseSource("sdk/src/client/errors.ts").statements.filter(ts.isClassDeclaration);
  return classes.map((declaration) => {
    const name = declaration.name?.text ?? "";
    return [code(name), commentOf(declaration, name).paragraphs.join(" ")];
  });
}
