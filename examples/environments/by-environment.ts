import * as pulumi from "@pulumi/pulumi";
import { type Permission, permissions } from "xtremepush-access";

/** What no client may ever do in production, where real people are behind the profiles. */
const NEVER_IN_PRODUCTION = [permissions.list.profile, permissions.export.segment] as const;

/** The permission, or the sentence that the compiler shows where production would have it. */
type InProduction<Given extends Permission> = Given extends (typeof NEVER_IN_PRODUCTION)[number]
  ? `${Given} must never be in production`
  : Given;

/** Chooses a client's permissions in the environment of this stack: production has only those that all have. */
export function byEnvironment<const Everywhere extends Permission>(sets: {
  readonly everywhere: readonly InProduction<Everywhere>[];
  readonly beforeProduction: readonly Permission[];
}): readonly Permission[] {
  // The compiler has refused the sentences, so only permissions are left.
  const everywhere = sets.everywhere as readonly Permission[];
  return pulumi.getStack() === "production" ? everywhere : [...everywhere, ...sets.beforeProduction];
}
