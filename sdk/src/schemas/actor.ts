import { z } from "zod";
import { frozen } from "../catalog/frozen";
import { Name, OwnerPrefix, ProjectSlug, pageOf, Time } from "./fields";

/** viewer reads; editor also writes clients and grants of its projects; admin does everything everywhere. */
export const ROLES = frozen(["viewer", "editor", "admin"]);
export type Role = (typeof ROLES)[number];

/** Who calls the management API: a person or a pipeline. */
export const Actor = z.looseObject({
  id: z.string(),
  name: z.string(),
  role: z.string(),
  /** The projects it sees; null for an admin, who sees all. */
  projects: z.array(z.string()).nullable(),
  /** An editor may change only what has an owner that begins with this; null binds it to none, as older backends do. */
  ownerPrefix: z.string().nullable().default(null),
  createdBy: z.string(),
  createdTime: Time,
  /** When its token ends; null when it does not. */
  expiresTime: Time.nullable(),
  /** When it was revoked; null while it is not. */
  revokedTime: Time.nullable(),
});
export type Actor = z.output<typeof Actor>;

/** What makes an actor; without `expiresTime` its token does not end. */
export const ActorCreate = z
  .strictObject({
    name: Name,
    role: z.enum(ROLES),
    projects: z.array(ProjectSlug).min(1).max(1_000).optional(),
    ownerPrefix: OwnerPrefix.optional(),
    expiresTime: Time.optional(),
  })
  .refine(({ role, projects }) => (role === "admin") === (projects === undefined), {
    path: ["projects"],
    message: "a viewer or editor needs its projects; an admin has all of them and takes none",
  })
  .refine(({ role, ownerPrefix }) => role === "editor" || ownerPrefix === undefined, {
    path: ["ownerPrefix"],
    message: "only an editor is bound to owners: a viewer changes nothing, and an admin everything",
  });
export type ActorCreate = z.input<typeof ActorCreate>;

/** The answer to a create: the only one that ever holds the token. */
export const ActorCreated = Actor.extend({ token: z.string() });
export type ActorCreated = z.output<typeof ActorCreated>;

/** One page of the actors, including revoked ones. */
export const ActorPage = pageOf(Actor);
