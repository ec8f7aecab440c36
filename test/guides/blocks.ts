/** A fenced block of a document. */
export interface Block {
  /** The first word behind its fence; empty for what a command prints. */
  readonly language: string;
  /** Without the indentation of its list. */
  readonly text: string;
  /** The line of its fence, from 1. */
  readonly line: number;
}

const OPENS = /^(?<indent> *)(?<fence>`{3,}|~{3,})(?<language>[^\s`]*).*$/;
const NAMES_A_FILE = /^(?:\/\/|#) (?<file>[\w./-]+\.\w+)$/;

/** The fenced blocks of a document, in their order. */
export function blocksOf(document: string): Block[] {
  const blocks: Block[] = [];
  const lines = document.split("\n");
  for (let at = 0; at < lines.length; at += 1) {
    const { indent = "", fence = "", language = "" } = OPENS.exec(lines[at] ?? "")?.groups ?? {};
    if (fence === "") continue;
    const line = at + 1;
    const end = lines.findIndex((each, index) => index > at && each.trim() === fence);
    if (end < 0) throw new Error(`the block in line ${line} has no end`);
    const text = lines
      .slice(line, end)
      .map((each) => `${each.startsWith(indent) ? each.slice(indent.length) : each}\n`);
    blocks.push({ language, text: text.join(""), line });
    at = end;
  }
  return blocks;
}

/** The file that a block says it is, in a comment on its first line: `// index.ts` or `# Pulumi.yaml`. */
export function fileOf({ text }: Block): string | undefined {
  return NAMES_A_FILE.exec(text.split("\n", 1)[0] ?? "")?.groups?.["file"];
}
