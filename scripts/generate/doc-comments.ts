import { readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";

const ROOT = path.resolve(__dirname, "../..");

/** The comment before a declaration, as markdown. */
export interface DocComment {
  /** Its paragraphs, one line each. */
  readonly paragraphs: readonly string[];
  /** The text of its tag `@default`. */
  readonly default: string | undefined;
}

/** Parses a source file, named from the root of the repository. */
export function parseSource(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(path.join(ROOT, file), "utf8"), ts.ScriptTarget.ES2023, true);
}

/** @throws Error when the declaration has no comment: a reference page without one would say nothing. */
export function commentOf(node: ts.Node, name: string): DocComment {
  const text = ts
    .getJSDocCommentsAndTags(node)
    .filter(ts.isJSDoc)
    .map(({ comment }) => textOf(comment))
    .join("\n\n");
  if (text === "") throw new Error(`${node.getSourceFile().fileName}: ${name} has no comment for its reference page`);
  const tag = ts.getJSDocTags(node).find(({ tagName }) => tagName.text === "default");
  return { paragraphs: text.split(/\n{2,}/).map(inOneLine), default: tag && inOneLine(textOf(tag.comment)) };
}

/** The properties of the object literal of a constant: `NAME = { … }` or `NAME = freeze({ … })`. */
export function propertiesOf(source: ts.SourceFile, constant: string): ts.PropertyAssignment[] {
  for (const statement of source.statements.filter(ts.isVariableStatement)) {
    for (const { name, initializer } of statement.declarationList.declarations) {
      const literal = name.getText() === constant && initializer ? literalIn(initializer) : undefined;
      if (literal) return literal.properties.filter(ts.isPropertyAssignment);
    }
  }
  throw new Error(`${source.fileName} has no object ${constant}`);
}

function literalIn(node: ts.Expression): ts.ObjectLiteralExpression | undefined {
  if (ts.isObjectLiteralExpression(node)) return node;
  if (ts.isAsExpression(node) || ts.isSatisfiesExpression(node)) return literalIn(node.expression);
  return ts.isCallExpression(node) && node.arguments[0] ? literalIn(node.arguments[0]) : undefined;
}

function textOf(comment: Parameters<typeof ts.getTextOfJSDocComment>[0]): string {
  const text = ts.getTextOfJSDocComment(comment) ?? "";
  return text.replace(/\{@link (\w+)\s*\}/g, "`$1`");
}

function inOneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, " ").trim();
}
