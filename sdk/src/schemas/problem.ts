import { z } from "zod";
import { freeze } from "../catalog/freeze";
import { EnvironmentLock } from "./environment";

/** Every error of the management API: its stable code, HTTP status and title, and in the comment its cause and fix. */
export const PROBLEMS = freeze({
  /** A field or a parameter is not valid; `errors` lists each one. Change the request. */
  validation_failed: { status: 400, title: "The request is not valid" },
  /** The token is missing, wrong, expired or revoked. Send the token of an actor. */
  unauthenticated: { status: 401, title: "A valid token is required" },
  /** The actor's role, projects or owner prefix do not allow it. Use another actor, or ask an admin. */
  forbidden: { status: 403, title: "The actor may not do this" },
  /**
   * It would give somebody a permission above the ceiling of the actor, or arm or take a client that has one;
   * `permissions` lists them. Leave them out, or use an actor whose ceiling allows them.
   */
  above_ceiling: { status: 403, title: "Above the ceiling of the actor" },
  /** The API has no such address. Check the endpoint and its path prefix. */
  route_not_found: { status: 404, title: "Address not found" },
  /** The project does not exist, or the actor may not see it. */
  project_not_found: { status: 404, title: "Project not found" },
  /** The client does not exist, or it is deleted. `?state=any` finds a deleted client for 30 days. */
  client_not_found: { status: 404, title: "Client not found" },
  /** No actor has this ID. */
  actor_not_found: { status: 404, title: "Actor not found" },
  /** No issuer has this name. */
  issuer_not_found: { status: 404, title: "Issuer not found" },
  /** The backend knows no such environment. `xtremepush-access-env up` makes it. */
  environment_not_found: { status: 404, title: "Environment not found" },
  /** The `Allow` header lists the methods that the address supports. */
  method_not_allowed: { status: 405, title: "The address does not support this method" },
  /**
   * Another live client, an actor or a project has the name; `current` describes the client. Choose another name, or
   * adopt that client.
   */
  name_taken: { status: 409, title: "The name is taken" },
  /**
   * The owner already has a client, or the client or grant has another owner; `current` describes it. Adopt it, or
   * release it from its program.
   */
  owner_conflict: { status: 409, title: "Owner conflict" },
  /**
   * The client is live and has another name or owner than the restore asks for; `current` describes it. Change it with
   * PATCH.
   */
  client_not_deleted: { status: 409, title: "The client is not deleted" },
  /**
   * The version was used before, or its secret cannot be replaced. `nextSecretVersion` in `current` is the lowest
   * version that the client can get.
   */
  secret_version_conflict: { status: 409, title: "The secret version is not available" },
  /** A client has at most two valid secrets. Wait until the earlier one expires, or end it with `secretOverlap`. */
  too_many_secrets: { status: 409, title: "Two secrets are already live" },
  /** Another run is changing the environment; `lock` says whose, where and since when. Wait until it has ended. */
  environment_locked: { status: 409, title: "Another run is changing the environment" },
  /** The run was not seen for over a minute, and another one has the lock or had it. Start again. */
  lock_lost: { status: 409, title: "The run has lost its lock" },
  /** The pattern has as many environments as it may have. Take one down. */
  too_many_environments: { status: 409, title: "Too many environments" },
  /** Actors trust the issuer. Revoke them first. */
  issuer_in_use: { status: 409, title: "Actors trust the issuer" },
  /** Create another admin first. */
  last_admin: { status: 409, title: "The last admin cannot be revoked" },
  /**
   * The resource has changed since the revision in `If-Match`; `current` says who changed it and when. Read it,
   * compare, and send the request again.
   */
  revision_mismatch: { status: 412, title: "The resource has changed" },
  /** Send a smaller body. */
  payload_too_large: { status: 413, title: "The request is too large" },
  /** Send `application/json`. */
  unsupported_media_type: { status: 415, title: "The content type is not supported" },
  /** The write has no revision. Send the one that you read as `If-Match`. */
  precondition_required: { status: 428, title: "If-Match is required" },
  /** Wait as long as `Retry-After` says. */
  rate_limited: { status: 429, title: "Too many requests" },
  /** Find the request by its ID in the backend's log. */
  internal: { status: 500, title: "The backend failed" },
  /** The database does not answer. Wait as long as `Retry-After` says. */
  unavailable: { status: 503, title: "The backend is not available" },
  /** The disk of the database has too little space. Reads work; changes do when the operator has freed space. */
  disk_full: { status: 507, title: "The disk of the database is full" },
} as const satisfies Record<string, { status: number; title: string }>);
/** The stable code of an error of the management API. */
export type ProblemCode = keyof typeof PROBLEMS;

/** The client or grant that a write conflicts with. */
export const ConflictingResource = z.looseObject({
  id: z.string(),
  name: z.string().nullable(),
  managedBy: z.string().nullable(),
  revision: z.number().int(),
  updatedBy: z.string().nullable(),
  updatedTime: z.string().nullable(),
  /** For a client: who created it and when, and its last use, null if it was never used. Older backends omit these. */
  createdBy: z.string().optional(),
  createdTime: z.string().optional(),
  lastUsedTime: z.string().nullish(),
  /** For `secret_version_conflict`: the lowest version that the client can get; null when none is left. */
  nextSecretVersion: z.number().int().nullish(),
});
export type ConflictingResource = z.output<typeof ConflictingResource>;

/**
 * An error as RFC 9457 problem details (`application/problem+json`).
 *
 * If `errors`, `current` or `lock` does not match the schema, it is left out; the other fields still say what failed.
 */
export const Problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: z.string(),
  /** What failed, on what, and what to do. */
  detail: z.string(),
  requestId: z.string(),
  /** One entry for each field, for `validation_failed`. */
  errors: z
    .array(z.looseObject({ field: z.string(), message: z.string() }))
    .optional()
    .catch(undefined),
  /** The resource as it is now, for a conflict and `revision_mismatch`. */
  current: ConflictingResource.optional().catch(undefined),
  /** For `above_ceiling`: the permissions. */
  permissions: z.array(z.string()).optional().catch(undefined),
  /** For `environment_locked`: the run that has the lock. */
  lock: EnvironmentLock.optional().catch(undefined),
});
export type Problem = z.output<typeof Problem>;
