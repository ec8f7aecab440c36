import { quoted, word } from "./visible";

/** Maximum length of an untrusted name or ID in a message, in code points. */
const LABEL_MAX = 200;

/**
 * Names a client in a message: `client xpc_… ("CRM sync")`.
 *
 * @example
 * `${clientLabel(client)} is deleted`;
 */
export function clientLabel({ id, name }: { readonly id: string; readonly name: string | null }): string {
  const client = `client ${word(id, LABEL_MAX)}`;
  return name === null ? client : `${client} (${quoted(name, LABEL_MAX)})`;
}

/**
 * A number and its noun, in the plural unless the number is 1.
 *
 * @example
 * count(1_300, "client"); // "1,300 clients"
 */
export function count(amount: number, noun: string): string {
  return `${amount.toLocaleString("en-US")} ${noun}${amount === 1 ? "" : "s"}`;
}
