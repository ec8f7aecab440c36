const STAR = 0x2a;
const NOTHING = Buffer.alloc(0);

/**
 * Replaces secrets in an answer with as many asterisks, so that its length stays. Bytes that may be the beginning of a secret are
 * held back until the next ones have come.
 */
export class HiddenSecrets {
  readonly #patterns: Patterns;
  #held: Buffer = NOTHING;
  #found = 0;

  /** @param secrets are read once for each array. */
  constructor(secrets: readonly string[]) {
    this.#patterns = patternsOf(secrets);
  }

  /** How many secrets were replaced. */
  get found(): number {
    return this.#found;
  }

  /** Takes the next bytes. @returns those that are certain. */
  push(chunk: Buffer): Buffer {
    const bytes = this.#replace(this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]));
    const held = this.#heldLength(bytes);
    this.#held = bytes.subarray(bytes.length - held);
    return bytes.subarray(0, bytes.length - held);
  }

  /** The bytes that were held back, when no more come. */
  end(): Buffer {
    return this.#held;
  }

  /** Whether a text, such as the value of a header, has a secret. */
  isIn(text: string): boolean {
    return this.#patterns.texts.some((pattern) => text.includes(pattern));
  }

  #replace(bytes: Buffer): Buffer {
    let hidden = bytes;
    for (const pattern of this.#patterns.bytes) {
      for (let at = hidden.indexOf(pattern); at >= 0; at = hidden.indexOf(pattern, at)) {
        // A chunk belongs to the connection that it came from, and is not written to.
        if (hidden === bytes) hidden = Buffer.from(bytes);
        hidden.fill(STAR, at, at + pattern.length);
        this.#found += 1;
      }
    }
    return hidden;
  }

  #heldLength(bytes: Buffer): number {
    const { bytes: patterns, firsts, longest } = this.#patterns;
    for (let at = Math.max(0, bytes.length - longest + 1); at < bytes.length; at += 1) {
      if (!firsts.has(bytes[at] ?? 0)) continue;
      const end = bytes.subarray(at);
      const isBeginning = patterns.some(
        (pattern) => pattern.length > end.length && end.equals(pattern.subarray(0, end.length)),
      );
      if (isBeginning) return end.length;
    }
    return 0;
  }
}

/** The secrets in all their forms. */
interface Patterns {
  readonly texts: readonly string[];
  readonly bytes: readonly Buffer[];
  /** With which bytes they begin. */
  readonly firsts: ReadonlySet<number>;
  /** The length of the longest, in bytes. */
  readonly longest: number;
}

/** Of each array of secrets: every call through the gateway hides the same ones. */
const known = new WeakMap<readonly string[], Patterns>();

function patternsOf(secrets: readonly string[]): Patterns {
  const before = known.get(secrets);
  if (before !== undefined) return before;
  const texts = secrets.flatMap(formsOf);
  const bytes = texts.map((text) => Buffer.from(text));
  const firsts = new Set(bytes.map(([first = 0]) => first));
  const patterns = { texts, bytes, firsts, longest: Math.max(0, ...bytes.map(({ length }) => length)) };
  known.set(secrets, patterns);
  return patterns;
}

/** A secret as it can stand in JSON and in a form. */
function formsOf(secret: string): string[] {
  const form = encodeURIComponent(secret);
  const escaped = (digits: (hex: string) => string) =>
    secret.replace(/[^\w.~-]/g, (mark) => `\\u00${digits(mark.charCodeAt(0).toString(16))}`);
  const lower = escaped((hex) => hex);
  const upper = escaped((hex) => hex.toUpperCase());
  const lowerForm = form.replace(/%../g, (code) => code.toLowerCase());
  return [...new Set([secret, secret.replaceAll("/", "\\/"), form, lowerForm, lower, upper])];
}
