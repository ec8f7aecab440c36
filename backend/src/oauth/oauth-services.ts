import type { SharedReads } from "../database/shared-reads";
import type { Services } from "../http/services";
import type { TokenClient, TokenClientQuery } from "../store/client-credentials";
import type { Guesses } from "./guesses";
import type { IssuerKeys } from "./issuer-keys";
import type { SigningKeys } from "./signing-keys";
import type { UseRecorder } from "./use-recorder";
import type { VerifiedTokens } from "./verified-tokens";

/** IDs of clients. */
export type AssertionsWithoutJti = "all" | readonly string[];

/** What the OAuth endpoints work with. */
export interface OAuthServices extends Services {
  readonly signingKeys: SigningKeys;
  readonly issuerKeys: IssuerKeys;
  readonly guesses: Guesses;
  readonly uses: UseRecorder;
  /** The clients whose assertions may lack a jti and can therefore be replayed until they end. */
  readonly assertionsWithoutJti: AssertionsWithoutJti;
  readonly verifiedTokens: VerifiedTokens;
  readonly tokenClients: SharedReads<TokenClientQuery, TokenClient | null>;
}
