import { z } from "zod";
import type { Permission } from "../catalog";
import { freeze } from "../catalog/freeze";
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
});
export type Actor = z.output<typeof Actor>;

/** The request that creates an actor; without `expiresTime` its token does not expire. */
export const ActorCreate = z
  .strictObject({
    name: Name,
    role: z.enum(ROLES),
    projects: z.array(ProjectSlug).min(1).max(1_000).optional(),
    ownerPrefix: OwnerPrefix.optional(),
    ceiling: PermissionSet.optional(),
    expiresTime: Time.optional(),
  })
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
/** The type limits the ceiling to the catalog; the schema names the nearest permission for any other string. */
export type ActorCreate = Omit<z.input<typeof ActorCreate>, "ceiling"> & {
  readonly ceiling?: readonly Permission[] | undefined;
};

/** The answer to a create; only this answer ever contains the token. */
export const ActorCreated = Actor.extend({ token: z.string() });
export type ActorCreated = z.output<typeof ActorCreated>;

/** One page of actors, including the revoked ones. */
export const ActorPage = pageOf(Actor);
