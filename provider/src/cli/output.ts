import { visibleLines } from "xtremepush-access/text";

/** The output of a command: results on `out`, messages on `err`. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
}

export const TERMINAL: Output = {
  out: (text) => process.stdout.write(`${visibleLines(text)}\n`),
  err: (text) => process.stderr.write(`${visibleLines(text)}\n`),
};
