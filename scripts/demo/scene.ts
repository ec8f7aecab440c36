import type { PulumiStack } from "../pulumi-stack";
import type { Screen } from "./screen";
import type { Stage } from "./stage";

/** What every step uses. */
export interface Scene {
  readonly screen: Screen;
  readonly stage: Stage;
  readonly stack: PulumiStack;
}

/** A command of the backend, as a user types it in the clone. */
export const BACKEND = "npx --no-install xtremepush-access-backend";
