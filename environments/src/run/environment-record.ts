import type { EnvironmentPut } from "xtremepush-access";
import { isPattern } from "../file/environment-name";
import type { Environment } from "../file/find-environment";

/** What the backend remembers of an environment. */
export function recordOf({ entry, ttl, max }: Environment): EnvironmentPut {
  return { ttl, pattern: isPattern(entry) ? entry : null, max };
}
