import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";
import { type DefaultTreeAdapterTypes, parseFragment } from "parse5";

type Node = DefaultTreeAdapterTypes.Node;

/** What a reader sees of a markdown text, as GitHub renders it. */
export interface RenderedMarkdown {
  readonly headings: readonly string[];
  /** The cells of each row of each table, without the heads of the tables. */
  readonly rows: readonly (readonly string[])[];
}

export function renderedMarkdown(markdown: string): RenderedMarkdown {
  const html = micromark(markdown, { allowDangerousHtml: true, extensions: [gfm()], htmlExtensions: [gfmHtml()] });
  const tree = parseFragment(html);
  const cellsOf = (row: Node) => elements(row, /^td$/).map(textIn);
  return {
    headings: elements(tree, /^h[1-6]$/).map(textIn),
    rows: elements(tree, /^tr$/)
      .map(cellsOf)
      .filter((cells) => cells.length > 0),
  };
}

function elements(node: Node, name: RegExp): Node[] {
  if (name.test(node.nodeName)) return [node];
  return "childNodes" in node ? node.childNodes.flatMap((child) => elements(child, name)) : [];
}

function textIn(node: Node): string {
  if ("value" in node) return node.value;
  return "childNodes" in node ? node.childNodes.map(textIn).join("") : "";
}
