import { type Clock, SYSTEM_CLOCK } from "./clock";
import type { Variables } from "./token";

/** What a destination that is a service takes from where it runs. */
export interface Surroundings {
  readonly variables: Variables;
  readonly clock: Clock;
}

/** Those of this process. */
export const SURROUNDINGS: Surroundings = { variables: process.env, clock: SYSTEM_CLOCK };
