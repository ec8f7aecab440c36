import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** Prints the demo: plain text, with colours on a terminal. */
export class Screen {
  readonly #write: (text: string) => void;
  readonly #colours: boolean;

  constructor(write: (text: string) => void, colours: boolean) {
    this.#write = write;
    this.#colours = colours;
  }

  line(text = ""): void {
    this.#write(`${text}\n`);
  }

  heading(number: number, text: string): void {
    this.line();
    this.line(this.#styled("bold", `${number}. ${text}`));
  }

  /** A command that a user would type in a shell. */
  command(text: string): void {
    this.line(this.#styled("cyan", `   $ ${text}`));
  }

  /** Code that a user would write in a program. */
  code(text: string): void {
    for (const line of text.split("\n")) this.line(this.#styled("cyan", `   > ${line}`));
  }

  /** The output of a command. */
  output(text: string): void {
    for (const line of text.split("\n")) this.line(this.#styled(styleOf(line), `     ${line}`.trimEnd()));
  }

  #styled(style: Style, text: string): string {
    return this.#colours ? styleText(style, text, { validateStream: false }) : text;
  }
}

export const TERMINAL = new Screen(
  (text) => process.stdout.write(text),
  process.stdout.isTTY === true && !process.env["NO_COLOR"],
);

function styleOf(line: string): Style {
  if (/^\s*\+ /.test(line)) return "green";
  if (/^\s*- /.test(line)) return "red";
  return "reset";
}
