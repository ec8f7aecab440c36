import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";
import { type DefaultTreeAdapterTypes, parseFragment } from "parse5";

/** A node of rendered markdown. */
export type MarkdownNode = DefaultTreeAdapterTypes.Node;

/** What a reader sees of a markdown text, as GitHub renders it. */
export interface RenderedMarkdown {
  readonly headings: readonly string[];
  /** The cells of each row of each table, without the heads of the tables. */
  readonly rows: readonly (readonly string[])[];
  /** What each of these cells has as code, such as names. */
  readonly codes: readonly (readonly (readonly string[])[])[];
  readonly text: string;
}

export function renderedMarkdown(markdown: string): RenderedMarkdown {
  const tree = markdownTree(markdown);
  const bodyRows = elements(tree, /^tr$/)
    .map((row) => elements(row, /^td$/))
    .filter((cells) => cells.length > 0);
  return {
    headings: elements(tree, /^h[1-6]$/).map(textIn),
    rows: bodyRows.map((cells) => cells.map(textIn)),
    codes: bodyRows.map((cells) => cells.map((cell) => elements(cell, /^code$/).map(textIn))),
    text: textIn(tree),
  };
}

/** The whole of it, as a browser reads it. */
export function markdownTree(markdown: string): MarkdownNode {
  const html = micromark(markdown, { allowDangerousHtml: true, extensions: [gfm()], htmlExtensions: [gfmHtml()] });
  return parseFragment(html);
}

function textIn(node: MarkdownNode): string {
  if ("value" in node) return node.value;
  return "childNodes" in node ? node.childNodes.map(textIn).join("") : "";
}

function elements(node: MarkdownNode, name: RegExp): MarkdownNode[] {
  if (name.test(node.nodeName)) return [node];
  return "childNodes" in node ? node.childNodes.flatMap((child) => elements(child, name)) : [];
}
