import { hash } from "node:crypto";
import { z } from "zod";

export const Claims = z.object({
  client_id: z.string(),
  scope: z.string(),
  xtremepush_project: z.string(),
  // Tokens of the version before have none: they count as issued before every restore.
  xtremepush_revision: z.number().int().default(0),
  jti: z.string(),
  iat: z.number(),
  exp: z.number(),
});
export type Claims = z.output<typeof Claims>;

/** A token whose signature was verified with the key `kid`. */
export interface VerifiedToken {
  readonly kid: string;
  readonly claims: Claims;
}

/** A token with every permission takes some 2.5 kB, so all of them take 25 MB at most. */
const MAX_TOKENS = 10_000;

/**
 * The tokens that were verified last, by their hash, so that the one that a gateway shows at each request costs one
 * signature in all. Only what a token says of itself is remembered, never what it may do.
 */
export class VerifiedTokens {
  readonly #max: number;
  readonly #tokens = new Map<string, VerifiedToken>();

  constructor(max = MAX_TOKENS) {
    this.#max = max;
  }

  /** Undefined when it is not remembered; the caller checks the end of what is. */
  find(token: string): VerifiedToken | undefined {
    return this.#tokens.get(keyOf(token));
  }

  /** Forgets a token that has ended. */
  forget(token: string): void {
    this.#tokens.delete(keyOf(token));
  }

  /** Makes room by forgetting the one that was remembered first. */
  remember(token: string, verified: VerifiedToken): void {
    const [oldest] = this.#tokens.keys();
    if (this.#tokens.size >= this.#max && oldest !== undefined) this.#tokens.delete(oldest);
    this.#tokens.set(keyOf(token), verified);
  }
}

function keyOf(token: string): string {
  return hash("sha256", token, "base64");
}
