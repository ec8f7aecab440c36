import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** Where the story is told: plain text, with colours when a person looks at a terminal. */
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

  /** What a person would type in a shell. */
  command(text: string): void {
    this.line(this.#styled("cyan", `   $ ${text}`));
  }

  /** What a person would write in a program. */
  code(text: string): void {
    for (const line of text.split("\n")) this.line(this.#styled("cyan", `   > ${line}`));
  }

  /** What a command has answered. */
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
