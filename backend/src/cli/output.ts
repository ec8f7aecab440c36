import { visibleJson, visibleLines } from "xtremepush-access/text";
import { isNamed } from "../failures/named-error";
import { formatTable } from "./table";

/** Where a command writes: results to `out`, explanations to `err`. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
}

export const TERMINAL: Output = {
  out: (text) => process.stdout.write(`${visibleLines(text)}\n`),
  err: (text) => process.stderr.write(`${visibleLines(text)}\n`),
};

/** Ends the process when standard output takes no more, as a pipe to `head` or a full disk. */
export function endUnread(error: Error): void {
  // The reader of a pipe has gone on purpose, so nobody needs a message.
  if (!isNamed(error, "EPIPE")) TERMINAL.err(`The output cannot be written: ${error.message}.`);
  process.exit(1);
}

/** A listing as people see it: its columns, and its text when it is empty. */
export interface View<Item> {
  readonly columns: Readonly<Record<string, (item: Item) => string>>;
  readonly empty: string;
}

/** Writes a listing: JSON for machines, a table for people. */
export async function writeListing<Item>(
  output: Output,
  items: AsyncIterable<Item>,
  options: ListingOptions<Item>,
): Promise<void> {
  const all = await collect(items);
  if (options.json) return output.out(visibleJson(all));
  const { columns, empty } = options.view;
  if (all.length === 0) return output.err(empty);
  output.out(
    formatTable(
      Object.keys(columns),
      all.map((item) => Object.values(columns).map((cell) => cell(item))),
    ),
  );
}

export interface ListingOptions<Item> {
  readonly json: boolean;
  readonly view: View<Item>;
}

/** Collects every item of a listing, page after page. */
export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
