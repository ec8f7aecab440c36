import type { Services } from "../http/services";
import type { SigningKeys } from "./signing-keys";
import type { UseRecorder } from "./use-recorder";

/** What the OAuth endpoints work with. */
export interface OAuthServices extends Services {
  readonly signingKeys: SigningKeys;
  readonly uses: UseRecorder;
}
