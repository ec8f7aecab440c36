import { nameOf, STACK_TYPE, typeOf } from "pulumi-xtremepush/protocol";
import { visible } from "xtremepush-access/text";
import { isShown } from "../warnings";
import type { EngineEvent } from "./event-log";

/** Where the progress of a run is written. */
export interface Terminal {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/** The longest line of a message, in code points. */
const LINE_MAX = 600;

/** The longest text at the end of a terminal, which must not wrap. */
const SHOWN_MAX = 70;

/** What a step does while it runs, and what it has done. A step that is not here changes nothing. */
const STEPS: Readonly<Record<string, readonly [doing: string, done: string]>> = {
  create: ["creating", "created"],
  update: ["updating", "updated"],
  delete: ["deleting", "deleted"],
  replace: ["replacing", "replaced"],
  "create-replacement": ["creating the replacement of", "created the replacement of"],
  "delete-replaced": ["deleting the replaced", "deleted the replaced"],
  import: ["importing", "imported"],
};

/** Writes a line for each resource that changes, and the warnings and errors. On a terminal, also what runs now. */
export class Progress {
  readonly #terminal: Terminal;
  readonly #running = new Map<string, string>();
  /** What is at the end of the terminal and goes before the next line. */
  #shown = "";
  /** How many resources each kind of step changed. */
  readonly changes = new Map<string, number>();
  /** The messages of errors, in their order. */
  readonly errors: string[] = [];

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Takes an event of the engine. */
  readonly take = ({ resourcePreEvent, resOutputsEvent, resOpFailedEvent, diagnosticEvent }: EngineEvent): void => {
    if (resourcePreEvent !== undefined) this.#start(resourcePreEvent.metadata);
    if (resOutputsEvent !== undefined) this.#finish(resOutputsEvent.metadata);
    if (resOpFailedEvent !== undefined) this.#running.delete(resOpFailedEvent.metadata.urn);
    if (diagnosticEvent !== undefined) this.#tell(diagnosticEvent);
  };

  /** Writes a line of its own. */
  line(text: string): void {
    this.#hide();
    this.#terminal.write(`${visible(text, LINE_MAX)}\n`);
    this.#show();
  }

  #start({ op, urn }: Step): void {
    const step = stepOf({ op, urn });
    if (step === undefined || isDefaultProvider(urn)) return;
    this.#running.set(urn, `${step[0]} ${resourceOf(urn)}`);
    this.#hide();
    this.#show();
  }

  /** Shows at the end of a terminal what runs now. */
  #show(): void {
    const [current] = [...this.#running.values()].slice(-1);
    if (current === undefined || !this.#terminal.isTTY) return;
    this.#shown = visible(`… ${current}`, SHOWN_MAX);
    this.#terminal.write(this.#shown);
  }

  #hide(): void {
    if (this.#shown !== "") this.#terminal.write(`\r${" ".repeat(this.#shown.length)}\r`);
    this.#shown = "";
  }

  #finish({ op, urn }: Step): void {
    const step = stepOf({ op, urn });
    if (step === undefined) return;
    this.#running.delete(urn);
    this.changes.set(op, (this.changes.get(op) ?? 0) + 1);
    if (!isDefaultProvider(urn)) this.line(`${step[1]} ${resourceOf(urn)}`);
  }

  #tell({
    severity,
    message,
    ephemeral,
  }: {
    readonly severity: string;
    readonly message: string;
    readonly ephemeral?: boolean | undefined;
  }): void {
    if (ephemeral || (severity !== "error" && severity !== "warning")) return;
    // The provider warns of the same token.
    if (severity === "warning" && isShown(message)) return;
    const lines = message
      .replace(/<\{%.*?%\}>/g, "")
      .trim()
      .split("\n");
    if (severity === "error") this.errors.push(lines[0]?.replace(/:$/, "") ?? "");
    for (const line of lines) this.line(`${severity}: ${line}`);
  }
}

interface Step {
  readonly op: string;
  readonly urn: string;
}

/** The resource of the stack itself is no resource of the program. */
function stepOf({ op, urn }: Step): (typeof STEPS)[string] | undefined {
  return typeOf(urn) === STACK_TYPE ? undefined : STEPS[op];
}

/** A provider that the engine makes for itself is in no program, so nobody would know what it is. */
function isDefaultProvider(urn: string): boolean {
  return typeOf(urn).startsWith("pulumi:providers:") && nameOf(urn).startsWith("default");
}

/** `ApiClient crm`. */
function resourceOf(urn: string): string {
  return `${typeOf(urn).split(":").at(-1)} ${nameOf(urn)}`;
}
