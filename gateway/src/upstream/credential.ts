import type { Pool } from "undici";
import { z } from "zod";
import type { Clock } from "../clock";

/** How the gateway proves itself to the External API. */
export interface Credential {
  /** The members that are put into a body; null when it stays as it is. */
  readonly members: Buffer | null;
  /** The headers that carry it. @throws CredentialFailure when the vendor gives none. */
  headers(): Promise<Readonly<Record<string, string>>>;
  /** What must not be in an answer: the same array for as long as it is the same. */
  secrets(): readonly string[];
  /** Called when the vendor has refused it. */
  refused(): void;
}

/** The vendor gives no token. */
export class CredentialFailure extends Error {
  override readonly name = "CredentialFailure";
}

/** A secret as it is now. */
export interface Current {
  readonly text: string;
}

/** The app token of a project, in the body of each call. */
export class AppToken implements Credential {
  readonly #token: Current;
  #used: { readonly text: string; readonly members: Buffer; readonly secrets: readonly string[] };

  constructor(token: Current) {
    this.#token = token;
    this.#used = usedToken(token.text);
  }

  get members(): Buffer {
    return this.#now().members;
  }

  async headers(): Promise<Readonly<Record<string, string>>> {
    return {};
  }

  secrets(): readonly string[] {
    return this.#now().secrets;
  }

  refused(): void {
    // It is replaced in its file.
  }

  #now() {
    const { text } = this.#token;
    // Calls that were sent with the one before may still be answered.
    if (text !== this.#used.text) this.#used = usedToken(text, this.#used.text);
    return this.#used;
  }
}

function usedToken(text: string, ...before: readonly string[]) {
  return { text, members: Buffer.from(`"apptoken":${JSON.stringify(text)}`), secrets: [text, ...before] };
}

/** A client of the vendor's own OAuth, and where its tokens go. */
export interface VendorClientOptions {
  readonly id: string;
  readonly secret: Current;
  readonly tokenPath: string;
  readonly header: string;
  readonly scheme: string;
}

const TokenAnswer = z.looseObject({ access_token: z.string().min(1), expires_in: z.number().positive().optional() });
/** How long a token lives whose answer does not say, in seconds. */
const LIFETIME_S = 300;
/** A token is not used in the last seconds of its life. */
const MARGIN_S = 30;
const ANSWER_MAX = 65_536;
const PATIENCE_MS = 10_000;

/** The tokens of a client of the vendor, each asked for once and used until shortly before its end. */
export class VendorClient implements Credential {
  readonly members = null;
  readonly #pool: Pool;
  readonly #options: VendorClientOptions;
  readonly #clock: Clock;
  #token: { readonly text: string; readonly until: number } | null = null;
  #before: string | null = null;
  #secrets: readonly string[];
  #asking: Promise<string> | null = null;

  constructor(pool: Pool, options: VendorClientOptions, clock: Clock) {
    this.#pool = pool;
    this.#options = options;
    this.#clock = clock;
    this.#secrets = [options.secret.text];
  }

  async headers(): Promise<Readonly<Record<string, string>>> {
    const { header, scheme } = this.#options;
    const token = await this.#current();
    return { [header]: scheme === "" ? token : `${scheme} ${token}` };
  }

  secrets(): readonly string[] {
    return this.#secrets;
  }

  refused(): void {
    this.#take(null);
  }

  async #current(): Promise<string> {
    if (this.#token !== null && this.#token.until > this.#clock.monotonic()) return this.#token.text;
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  async #ask(): Promise<string> {
    const { id, secret, tokenPath } = this.#options;
    const form = { grant_type: "client_credentials", client_id: id, client_secret: secret.text };
    const asked = this.#clock.monotonic();
    const answer = await this.#post(tokenPath, new URLSearchParams(form).toString());
    const read = TokenAnswer.safeParse(answer);
    if (!read.success) throw new CredentialFailure("the vendor's token endpoint gives no token");
    const { access_token: text, expires_in: lifetime = LIFETIME_S } = read.data;
    if (!/^[\x21-\x7e]{8,8192}$/.test(text)) throw new CredentialFailure("the vendor's token is not one of RFC 6750");
    this.#take({ text, until: asked + (lifetime - Math.min(MARGIN_S, lifetime / 2)) * 1_000 });
    return text;
  }

  /** Calls that were sent with the token before may still be answered. */
  #take(token: { readonly text: string; readonly until: number } | null): void {
    this.#before = this.#token?.text ?? this.#before;
    this.#token = token;
    this.#secrets = [this.#options.secret.text, token?.text, this.#before].filter(
      (text) => text !== undefined && text !== null,
    );
  }

  async #post(path: string, body: string): Promise<unknown> {
    const headers = { "content-type": "application/x-www-form-urlencoded", accept: "application/json" };
    try {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      const answer = await this.#pool.request({ method: "POST", path, headers, body, signal });
      const text = await answer.body.text();
      if (answer.statusCode !== 200 || text.length > ANSWER_MAX) {
        throw new CredentialFailure(`the vendor's token endpoint answers ${answer.statusCode}`);
      }
      return JSON.parse(text);
    } catch (error) {
      if (error instanceof CredentialFailure) throw error;
      // The cause may hold what was sent.
      throw new CredentialFailure("the vendor's token endpoint cannot be reached, or does not answer as it should");
    }
  }
}
