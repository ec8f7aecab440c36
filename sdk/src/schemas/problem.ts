import { z } from "zod";
import { frozen } from "../catalog/frozen";

/** Every error of the management API: its stable code, its HTTP status and its title; above each, its cause and fix. */
export const PROBLEMS = frozen({
  /** A field or a parameter is not valid; `errors` names each. Change the request. */
  validation_failed: { status: 400, title: "The request is not valid" },
  /** The token is missing, wrong, ended or revoked. Send the token of an actor. */
  unauthenticated: { status: 401, title: "A valid token is needed" },
  /** The actor's role, projects or owner prefix do not allow it. Use another actor, or ask an admin. */
  forbidden: { status: 403, title: "The actor may not do this" },
  /** The address is not one of this API. Check the endpoint and its path prefix. */
  route_not_found: { status: 404, title: "There is no such address" },
  /** The project does not exist, or the actor may not see it. */
  project_not_found: { status: 404, title: "There is no such project" },
  /** The client does not exist, or is deleted: `?state=any` finds it for 30 days. */
  client_not_found: { status: 404, title: "There is no such client" },
  /** No actor has this ID. */
  actor_not_found: { status: 404, title: "There is no such actor" },
  /** The `Allow` header lists the methods of the address. */
  method_not_allowed: { status: 405, title: "The address does not take this method" },
  /** Another live client, an actor or a project has the name; for a client `current` says which. Choose another name, or adopt that client. */
  name_taken: { status: 409, title: "The name is taken" },
  /** The owner already has a client, or the client or grant has another owner; `current` says which. Adopt it, or have its program release it. */
  owner_conflict: { status: 409, title: "Another client of the owner is there" },
  /** `nextSecretVersion` in `current` is the lowest version that the client can get. */
  secret_version_conflict: { status: 409, title: "The version of the secret does not fit" },
  /** A client has at most two. Wait until the earlier one ends, or end it with `secretOverlap`. */
  too_many_secrets: { status: 409, title: "Two secrets are live already" },
  /** Make another admin first. */
  last_admin: { status: 409, title: "The last admin cannot be revoked" },
  /** Somebody has changed it since the revision in If-Match; `current` says who and when. Read it, compare, and send again. */
  revision_mismatch: { status: 412, title: "It was changed meanwhile" },
  /** Send a smaller body. */
  payload_too_large: { status: 413, title: "The request is too large" },
  /** Send `application/json`. */
  unsupported_media_type: { status: 415, title: "The content type is not supported" },
  /** Send the revision that you have read as `If-Match`. */
  precondition_required: { status: 428, title: "If-Match is needed" },
  /** Wait as long as `Retry-After` says. */
  rate_limited: { status: 429, title: "Too many requests" },
  /** The request's ID is in the backend's log. */
  internal: { status: 500, title: "The backend failed" },
  /** The database does not answer. Wait as long as `Retry-After` says. */
  unavailable: { status: 503, title: "The backend is not available" },
} as const satisfies Record<string, { status: number; title: string }>);
/** The stable code of an error of the management API. */
export type ProblemCode = keyof typeof PROBLEMS;

/** The client or grant that is in the way of a write. */
export const ConflictingResource = z.looseObject({
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
export type ConflictingResource = z.output<typeof ConflictingResource>;

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
  current: ConflictingResource.optional().catch(undefined),
});
export type Problem = z.output<typeof Problem>;
