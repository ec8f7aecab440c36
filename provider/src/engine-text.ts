import { visibleLines } from "xtremepush-access/text";

/** Begins a command for colors in what the engine prints. */
export const COLOR_COMMAND = "<{%";

/**
 * Makes a message safe for the engine.
 *
 * The engine reads `<{%…%}>` in a message as a command for colors: an end that is missing hides the rest of the message, and an
 * unknown command ends the CLI. Source: `sdk/go/common/diag/colors`.
 *
 * @param max - Maximum length of a line, in code points.
 */
export function engineText(message: string, max?: number): string {
  return visibleLines(message, max).replaceAll(COLOR_COMMAND, "<\\u{7b}%");
}
