import type { FastifyBaseLogger } from "fastify";
import type { ReceivedForm } from "./form";

/** How many clients are remembered, and how many names of each: whoever sends ever new ones must not fill the log. */
const CLIENTS_MAX = 1_000;
const NAMES_MAX = 5;
/** What is not like this may be a secret in the wrong place. */
const PLAIN_NAME = /^(?!xp[a-z]+_)[\w.[\]-]{1,40}$/;

/**
 * Logs the parameters that a client sends and that nothing reads, each once. RFC 6749, section 3.2, says that they are
 * ignored, so a client that sends `scope[a]` for `scope` gets a token for its whole grant and no error.
 */
export class IgnoredParameters {
  readonly #known: ReadonlySet<string>;
  readonly #logged = new Map<string, Set<string>>();

  constructor(known: readonly string[]) {
    this.#known = new Set(known);
  }

  /** Only clients that have shown who they are count, so that no stranger uses up what is remembered. */
  report(log: FastifyBaseLogger, client: string, form: ReceivedForm): void {
    const unread = [...form.keys(), ...form.empty].filter((name) => !this.#known.has(name));
    if (unread.length === 0) return;
    const logged = this.#logged.get(client) ?? new Set();
    if (logged.size === 0 && this.#logged.size >= CLIENTS_MAX) return;
    const parameters = unread.map(nameOf).filter((name) => !logged.has(name));
    const fresh = [...new Set(parameters)].slice(0, NAMES_MAX - logged.size);
    if (fresh.length === 0) return;
    for (const name of fresh) logged.add(name);
    this.#logged.set(client, logged);
    log.warn({ client, parameters: fresh }, "the token endpoint ignored parameters that it does not know");
  }
}

function nameOf(parameter: string): string {
  return PLAIN_NAME.test(parameter) ? parameter : "(a name that is not shown)";
}
