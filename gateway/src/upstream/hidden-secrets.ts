const STAR = 0x2a;

/**
 * Replaces secrets in an answer with as many asterisks, so that its length stays. Bytes that may be the beginning of a secret are
 * held back until the next ones have come.
 */
export class HiddenSecrets {
  readonly #patterns: readonly Buffer[];
  readonly #longest: number;
  #held: Buffer = Buffer.alloc(0);
  #found = 0;

  constructor(secrets: readonly string[]) {
    this.#patterns = secrets.flatMap(formsOf).map((form) => Buffer.from(form));
    this.#longest = Math.max(0, ...this.#patterns.map(({ length }) => length));
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
    return this.#patterns.some((pattern) => text.includes(pattern.toString()));
  }

  #replace(bytes: Buffer): Buffer {
    let hidden = bytes;
    for (const pattern of this.#patterns) {
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
    for (let length = Math.min(this.#longest - 1, bytes.length); length > 0; length -= 1) {
      const end = bytes.subarray(bytes.length - length);
      const isBeginning = this.#patterns.some(
        (pattern) => pattern.length > length && pattern[0] === end[0] && end.equals(pattern.subarray(0, length)),
      );
      if (isBeginning) return length;
    }
    return 0;
  }
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
