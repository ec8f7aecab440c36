import { displayWidth } from "./display-width";

/** The names of a client in a program. */
export interface ResourceNames {
  /** The name of its resources: `crm-sync`. */
  readonly resource: string;
  /** The constant that holds it: `crmSync`. */
  readonly variable: string;
}

/** The source of a client's names. */
interface NamedClient {
  readonly id: string;
  readonly name: string;
}

/** The longest name before a number is added, in columns: a declaration's first line stays within the line width. */
const WIDEST = 36;

/**
 * Gives each client unique names, from the letters and digits of the client's own name, or else from the end of its ID. A
 * number distinguishes clients with similar names.
 */
export class NameGiver {
  readonly #resources = new Set<string>();
  readonly #variables = new Set<string>();
  readonly #next = new Map<string, number>();

  give({ id, name }: NamedClient): ResourceNames {
    const slug = slugOf(name) || `client-${id.slice(-6)}`;
    for (let number = this.#next.get(slug) ?? 1; ; number++) {
      const resource = number === 1 ? slug : `${slug}-${number}`;
      const variable = variableOf(resource);
      if (this.#resources.has(resource) || this.#variables.has(variable)) continue;
      this.#resources.add(resource);
      this.#variables.add(variable);
      this.#next.set(slug, number + 1);
      return { resource, variable };
    }
  }
}

/** The words of a name in lower case, joined by hyphens. Latin letters lose their marks; other scripts stay as they are. */
function slugOf(clientName: string): string {
  const text = clientName
    .normalize("NFKD")
    .replace(/(\p{Script=Latin})[\u0300-\u036f]+/gu, "$1")
    .toLowerCase()
    .normalize("NFC");
  return shorten(text.match(WORD) ?? []).join("-");
}

// Characters that are also valid in the name of a constant. Compilers may not know Unicode's newest letters: those beyond
// U+FFFF, and the blocks below that still grow.
const YOUNG = "\\u0870-\\u089f\\u0c5c\\u0cdc\\u1ab0-\\u1aff\\u1c80-\\u1c8f\\ua7c0-\\ua7ff\\u{10000}-\\u{10ffff}";
const WORD = new RegExp(`(?:(?=\\p{ID_Continue})(?![${YOUNG}])[\\p{L}\\p{Nd}\\p{Mn}\\p{Mc}])+`, "gu");

/** Keeps as many whole words as fit, or the beginning of a first word that does not fit. */
function shorten(words: readonly string[]): string[] {
  const kept: string[] = [];
  for (const word of words) {
    if (displayWidth([...kept, word].join("-")) > WIDEST) break;
    kept.push(word);
  }
  const [first] = words;
  return kept.length > 0 || first === undefined ? kept : [beginningOf(first)];
}

function beginningOf(word: string): string {
  let beginning = "";
  for (const character of word) {
    if (displayWidth(beginning + character) > WIDEST) break;
    beginning += character;
  }
  return beginning;
}

function variableOf(resource: string): string {
  const [first = "", ...others] = resource.split("-");
  const variable = first + others.map(capitalize).join("");
  if (!/^\p{ID_Start}/u.test(variable)) return `client${capitalize(variable)}`;
  return RESERVED.has(variable) ? `${variable}Client` : variable;
}

function capitalize(word: string): string {
  const [first = "", ...others] = word;
  const capital = first.toUpperCase();
  // Some letters have no single capital: ŉ becomes two characters.
  return ([...capital].length === 1 ? capital : first) + others.join("");
}

/** Names that a constant of a module cannot or should not have. */
const RESERVED: ReadonlySet<string> = new Set([
  ..."arguments await break case catch class const continue debugger default delete do else enum eval export".split(
    " ",
  ),
  ..."extends false finally for function if implements import in instanceof interface let new null package".split(" "),
  ..."private protected public return static super switch this throw true try typeof undefined var void".split(" "),
  ..."while with yield console exports global globalThis module process require permissions select".split(" "),
]);
