import { type Block, blocksOf, fileOf } from "./blocks";
import type { Place } from "./place";

/** What a reader of a guide does that its blocks do not say, or that cannot be done here. */
export interface Chapter {
  /**
   * What is there before the first block: a folder with a program, a backend and a stack, or only with the packages, or an empty
   * one beside the packed files. @default "program"
   */
  readonly begins?: "program" | "packages" | "files" | "nothing";
  /** What the guide takes for granted besides. */
  readonly given?: (place: Place) => Promise<void>;
  readonly notes?: readonly Note[];
}

/** What is different about one block; each says why. */
export interface Note {
  /** A part of the block's text that no other block of the guide has. */
  readonly block: string;
  readonly reason: string;
  /** The block does not run. */
  readonly skip?: true;
  /** The file that the block is, where its first line cannot say so. */
  readonly file?: string;
  /** Happens before the block: commands of the reader that the text names, or what another person does. */
  readonly before?: string | ((place: Place) => Promise<void>);
  /** Happens after it. */
  readonly after?: string | ((place: Place) => Promise<void>);
  /** What runs in place of the block. */
  readonly as?: (text: string) => string;
  /** What a person types while the block runs. */
  readonly input?: string;
  /** The last command of the block fails, as the guide says. */
  readonly fails?: true;
  /** Runs in a terminal of its own and is stopped before the next block, because the page goes on without it. */
  readonly aside?: true;
  /** What the block starts runs beside the backend, at this address. */
  readonly serves?: string;
  /** Who runs these statements, as the address of a database. */
  readonly database?: (place: Place) => string;
  /** The block shows lines of this file, which a command has written. */
  readonly shows?: string;
  /** The block shows what appears at the end of the guide, after these commands. */
  readonly shownBy?: string | ((place: Place) => Promise<void>);
}

export type Step = { readonly block: Block; readonly note: Note | undefined } & (
  | { readonly kind: "run" | "start" | "compare" | "query" }
  | { readonly kind: "skip"; readonly reason: string }
  | { readonly kind: "write"; readonly file: string }
);

/** The last command of a block that a reader leaves running. */
const STAYS = /\b(?:xtremepush-access-backend|xtremepush-access-gateway|dist\/main\.js) start\b.*\n$/;

/**
 * What a test does with each block of a guide, in order.
 *
 * @throws Error that says what to write, for a block with which nothing can be done, and for a note of no block
 */
export function planOf(guide: string, document: string, { notes = [] }: Chapter): Step[] {
  const blocks = blocksOf(document);
  for (const { block } of notes) {
    const found = blocks.filter(({ text }) => text.includes(block)).length;
    if (found !== 1) throw new Error(`test/guides/chapters.ts: ${found} blocks of ${guide} hold "${block}", not one`);
  }
  return blocks.map((block) =>
    stepOf(
      guide,
      block,
      notes.find((note) => block.text.includes(note.block)),
    ),
  );
}

function stepOf(guide: string, block: Block, note: Note | undefined): Step {
  if (note?.skip) return { kind: "skip", block, note, reason: note.reason };
  const { language, text } = block;
  if (language === "sh") return { kind: STAYS.test(text) ? "start" : "run", block, note };
  if (language === "" || note?.shows !== undefined) return { kind: "compare", block, note };
  if (language === "sql" && note?.database !== undefined) return { kind: "query", block, note };
  const file = note?.file ?? fileOf(block);
  if (file !== undefined) return { kind: "write", block, note, file };
  throw new Error(
    `${guide}:${block.line}: nothing runs this block (\`${language}\`). Name its file on its first line, as in \`// index.ts\` or ` +
      "`# Pulumi.yaml`; or give it a note in test/guides/chapters.ts: `file`, where it can hold no comment, `shows` for what a " +
      "command writes, `database` for SQL, or `skip` with the reason. A block of commands is `sh`; what they print has no language.",
  );
}
