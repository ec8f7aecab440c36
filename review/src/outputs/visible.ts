import * as plain from "xtremepush-access/text";

/** The longest name that is printed in full, in code points. */
const VISIBLE_MAX = 160;
/** The longest sentence that may hold strangers' names, in code points. */
export const SENTENCE_MAX = 1_000;

/** Makes a stranger's string harmless in one line, also for the runner of GitHub Actions. */
export function visible(text: string, max: number = VISIBLE_MAX): string {
  return withoutCommands(plain.visible(text, max));
}

/** The same in quotes, which the string itself cannot end. */
export function quoted(text: string, max: number = VISIBLE_MAX): string {
  return withoutCommands(plain.quoted(text, max));
}

/** A path, an id or the like between other words: in quotes unless it is one plain word. */
export function word(text: string): string {
  return withoutCommands(plain.word(text, VISIBLE_MAX));
}

/** Writes a value as the text of a JSON file. */
export function visibleJson(value: unknown): string {
  return `${plain.visibleJson(value).replaceAll("##[", "\\u0023#[")}\n`;
}

/** The runner takes "##[" for a command anywhere in a line. */
function withoutCommands(text: string): string {
  return text.replaceAll("##[", "#\\u{23}[");
}
