import { decodeProtectedHeader, errors, jwtVerify } from "jose";
import { z } from "zod";
import type { LiveAccess } from "../access/live-access";
import { type SigningKeys, TOKEN_ALGORITHM } from "../access/signing-keys";
import type { Clock } from "../clock";

const TYPE = "at+jwt";
/** A token with every permission has some 2.5 kB, and as much again when it is read, so all of them take 50 MB at most. */
const REMEMBERED_MAX = 10_000;
/** Longer than any token of the backend. */
const TOKEN_MAX = 8_192;

const Claims = z.object({
  client_id: z.string(),
  scope: z.string(),
  xtremepush_project: z.string(),
  xtremepush_revision: z.number().int().default(0),
  jti: z.string(),
  exp: z.number(),
});

/** What a token says of itself; what it may do is decided at each call. */
export interface Token {
  readonly kid: string;
  readonly issuer: string;
  readonly client: string;
  readonly project: string;
  readonly revision: number;
  readonly jti: string;
  /** In seconds since 1970. */
  readonly expires: number;
  readonly scope: ReadonlySet<string>;
}

/** Why a token does not count; unknown without a snapshot, which says whose tokens count. */
export type NoToken = "invalid" | "expired" | "unknown";

/** The access tokens that were verified last, so that each costs one signature in all. */
export class Tokens {
  readonly #live: LiveAccess;
  readonly #keys: SigningKeys;
  readonly #clock: Clock;
  readonly #max: number;
  readonly #verified = new Map<string, Token>();

  constructor(
    { live, keys, clock }: { readonly live: LiveAccess; readonly keys: SigningKeys; readonly clock: Clock },
    max = REMEMBERED_MAX,
  ) {
    this.#live = live;
    this.#keys = keys;
    this.#clock = clock;
    this.#max = max;
  }

  /** How many tokens are remembered. */
  get size(): number {
    return this.#verified.size;
  }

  /** A token that was verified before, as long as its key and its time hold. */
  known(text: string): Token | undefined {
    const token = this.#verified.get(text);
    if (token === undefined) return undefined;
    this.#verified.delete(text);
    if (this.whyEnded(token) !== null) return undefined;
    // Back in at the end: the one that was used longest ago goes first.
    this.#verified.set(text, token);
    return token;
  }

  /** Why a token that was verified before counts no more, which can come about while its call waits; null while it counts. */
  whyEnded({ kid, issuer, expires }: Token): NoToken | null {
    if (issuer !== this.#live.issuer || this.#keys.find(kid) === undefined) return "invalid";
    return expires * 1_000 <= this.#clock.now() ? "expired" : null;
  }

  /** Verifies a token: its signature, type, issuer, audience and time. */
  async verify(text: string): Promise<Token | NoToken> {
    const { issuer } = this.#live;
    if (issuer === null) return "unknown";
    if (text.length > TOKEN_MAX) return "invalid";
    const kid = kidOf(text);
    if (kid === null) return "invalid";
    const key = this.#keys.find(kid);
    if (key === undefined) return "invalid";
    try {
      const { payload } = await jwtVerify(text, key, {
        ...{ typ: TYPE, algorithms: [TOKEN_ALGORITHM], issuer, audience: `${issuer}/api/external` },
        ...{ requiredClaims: ["exp", "jti"], currentDate: new Date(this.#clock.now()) },
      });
      const claims = Claims.safeParse(payload);
      if (!claims.success) return "invalid";
      return this.#remember(text, tokenOf(kid, issuer, claims.data));
    } catch (error) {
      if (error instanceof errors.JWTExpired) return "expired";
      if (error instanceof errors.JOSEError || error instanceof TypeError) return "invalid";
      throw error;
    }
  }

  #remember(text: string, token: Token): Token {
    const [oldest] = this.#verified.keys();
    if (this.#verified.size >= this.#max && oldest !== undefined) this.#verified.delete(oldest);
    this.#verified.set(text, token);
    return token;
  }
}

function tokenOf(kid: string, issuer: string, claims: z.output<typeof Claims>): Token {
  const { client_id: client, xtremepush_project: project, xtremepush_revision: revision, jti, exp: expires } = claims;
  return { kid, issuer, client, project, revision, jti, expires, scope: new Set(claims.scope.split(" ")) };
}

function kidOf(text: string): string | null {
  try {
    const { kid, typ, alg } = decodeProtectedHeader(text);
    return typeof kid === "string" && typ?.toLowerCase() === TYPE && alg === TOKEN_ALGORITHM ? kid : null;
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError) return null;
    throw error;
  }
}
