import { z } from "zod";
import { frozen } from "../catalog/frozen";

/** Every error of the management API: its stable code, its HTTP status and its title. */
export const PROBLEMS = frozen({
  validation_failed: { status: 400, title: "The request is not valid" },
  unauthenticated: { status: 401, title: "A valid token is needed" },
  forbidden: { status: 403, title: "The actor may not do this" },
  route_not_found: { status: 404, title: "There is no such address" },
  project_not_found: { status: 404, title: "There is no such project" },
  client_not_found: { status: 404, title: "There is no such client" },
  actor_not_found: { status: 404, title: "There is no such actor" },
  method_not_allowed: { status: 405, title: "The address does not take this method" },
  name_taken: { status: 409, title: "The name is taken" },
  owner_conflict: { status: 409, title: "Another client of the owner is there" },
  secret_version_conflict: { status: 409, title: "The version of the secret does not fit" },
  too_many_secrets: { status: 409, title: "Two secrets are live already" },
  last_admin: { status: 409, title: "The last admin cannot be revoked" },
  revision_mismatch: { status: 412, title: "It was changed meanwhile" },
  payload_too_large: { status: 413, title: "The request is too large" },
  unsupported_media_type: { status: 415, title: "The content type is not supported" },
  precondition_required: { status: 428, title: "If-Match is needed" },
  rate_limited: { status: 429, title: "Too many requests" },
  internal: { status: 500, title: "The backend failed" },
  unavailable: { status: 503, title: "The backend is not available" },
} as const satisfies Record<string, { status: number; title: string }>);
/** The stable code of an error of the management API. */
export type ProblemCode = keyof typeof PROBLEMS;

/** The client or grant that stands in the way of a write. */
export const Obstacle = z.looseObject({
  id: z.string(),
  name: z.string().nullable(),
  managedBy: z.string().nullable(),
  revision: z.number().int(),
  updatedBy: z.string().nullable(),
  updatedTime: z.string().nullable(),
  /** Of a client: who made it and when, and its last use, null when it was never used. Older backends do not tell. */
  createdBy: z.string().optional(),
  createdTime: z.string().optional(),
  lastUsedTime: z.string().nullish(),
  /** For `secret_version_conflict`: the lowest version that the client can be given; null when the highest was had. */
  nextSecretVersion: z.number().int().nullish(),
});
export type Obstacle = z.output<typeof Obstacle>;

/**
 * An error as RFC 9457 problem details (`application/problem+json`).
 *
 * What does not fit in `errors` or `current` is left out: the rest still says what failed, and of which kind it is.
 */
export const Problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: z.string(),
  /** What failed, on what, and what to do. */
  detail: z.string(),
  requestId: z.string(),
  /** By field, for `validation_failed`. */
  errors: z
    .array(z.looseObject({ field: z.string(), message: z.string() }))
    .optional()
    .catch(undefined),
  /** For a conflict and `revision_mismatch`: what is there now. */
  current: Obstacle.optional().catch(undefined),
});
export type Problem = z.output<typeof Problem>;
