import { z } from "zod";
import type { Permission } from "../catalog";
import { freeze } from "../catalog/freeze";
import { SecretOverlap } from "./duration";
import { AnsweredPermission, Name, OwnerPrefix, PermissionSet, ProjectSlug, pageOf, Time } from "./fields";

/**
 * A gateway reads what the clients of its projects may do now and reports what they used, a viewer reads everything of its
 * projects, an editor also writes clients and grants, an admin does everything in every project. A later role may read what
 * an earlier one may.
 */
export const ROLES = freeze(["gateway", "viewer", "editor", "admin"]);
export type Role = (typeof ROLES)[number];

/** Whether actors of a role may change what clients may do. */
export function mayGrant(role: Role): boolean {
  return role === "editor" || role === "admin";
}

/** Whose ID tokens an actor's tokens are given for. */
export const Trust = z.looseObject({
  /** The name of the issuer that signs them. */
  issuer: z.string(),
  /** An ID token must have all of these claims, with exactly these values. */
  claims: z.record(z.string(), z.string()),
  /** How long a token works, in seconds. */
  lifetimeSeconds: z.number().int(),
});
export type Trust = z.output<typeof Trust>;

/** Who calls the management API: a person or a pipeline. */
export const Actor = z.looseObject({
  id: z.string(),
  name: z.string(),
  role: z.string(),
  /** The projects that it sees; null for an admin, who sees all. */
  projects: z.array(z.string()).nullable(),
  /**
   * An editor may change only resources whose owner starts with this; null means no limit. Older backends have none.
   */
  ownerPrefix: z.string().nullable().default(null),
  /** The only permissions that it may cause anybody to have; null means all. Older backends have none. */
  ceiling: z.array(AnsweredPermission).nullable().default(null),
  createdBy: z.string(),
  createdTime: Time,
  /** When its token expires; null when it does not. */
  expiresTime: Time.nullable(),
  /** When it was revoked; null if it is not. */
  revokedTime: Time.nullable(),
  /** Set in listings of actors that have no token of their own. Older backends have none. */
  trust: Trust.nullable().default(null),
});
export type Actor = z.output<typeof Actor>;

/** The name of an actor, and what it may do. */
export const ActorFields = z.strictObject({
  name: Name,
  role: z.enum(ROLES),
  projects: z.array(ProjectSlug).min(1).max(1_000).optional(),
  ownerPrefix: OwnerPrefix.optional(),
  ceiling: PermissionSet.optional(),
  expiresTime: Time.optional(),
});
type ActorFields = z.output<typeof ActorFields>;

/** Refuses bounds that a role does not have. */
export function withBounds<
  Schema extends z.ZodType<Pick<ActorFields, "role" | "projects" | "ownerPrefix" | "ceiling">>,
>(schema: Schema) {
  return schema
    .refine(({ role, projects }) => (role === "admin") === (projects === undefined), {
      path: ["projects"],
      message:
        "list the projects of a gateway, a viewer or an editor; leave projects out for an admin, who has all of them",
    })
    .refine(({ role, ownerPrefix }) => role === "editor" || ownerPrefix === undefined, {
      path: ["ownerPrefix"],
      message:
        "only an editor takes an ownerPrefix: a gateway and a viewer change nothing, and an admin changes everything",
    })
    .refine(({ role, ceiling }) => mayGrant(role) || ceiling === undefined, {
      path: ["ceiling"],
      message: "a gateway or a viewer takes no ceiling: it changes nothing",
    });
}

/** The request that creates an actor; without `expiresTime` its token does not expire. */
export const ActorCreate = withBounds(ActorFields);
/** The type limits the ceiling to the catalog; the schema names the nearest permission for any other string. */
export type ActorCreate = Omit<z.input<typeof ActorCreate>, "ceiling"> & {
  readonly ceiling?: readonly Permission[] | undefined;
};

/** The answer to a create; only this answer ever contains the token. */
export const ActorCreated = Actor.extend({ token: z.string() });
export type ActorCreated = z.output<typeof ActorCreated>;

/** One page of actors, including the revoked ones. */
export const ActorPage = pageOf(Actor);

/** The request that replaces the token of an actor. */
export const ActorRotate = z.strictObject({
  /** How long the token of before works on. Without it, it ends at once. */
  overlap: SecretOverlap.optional(),
  /** The new end of the actor. Without it, the end stays. */
  expiresTime: Time.optional(),
});
export type ActorRotate = z.input<typeof ActorRotate>;
