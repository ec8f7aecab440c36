import { z } from "zod";
import { assertPermission, type Permission, sortPermissions, unknownPermissionMessage } from "../catalog";

/** Longest name of a client or an actor, in characters. */
export const NAME_MAX = 100;
/** Longest description of a client, in characters. */
export const DESCRIPTION_MAX = 1_000;
/** Longest owner of a client or a grant, in characters. */
export const OWNER_MAX = 1_024;

// C0, DEL, C1, halves of a surrogate pair (no database stores them), the line and paragraph separators, the marks that
// turn the direction of text, and the spaces without width.
const CONTROL = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/u;

/** Trimmed and in NFC; counted in code points, as PostgreSQL counts. */
function text({ what, min, max, allowed }: { what: string; min: number; max: number; allowed?: RegExp }) {
  const shown = (value: string) => (allowed === undefined ? value : value.replace(allowed, ""));
  return z
    .string()
    .transform((value) => value.trim().normalize("NFC"))
    .pipe(
      z
        .string()
        .min(min, `${what} must not be empty`)
        .refine((value) => codePoints(value) <= max, `${what} must not be longer than ${max} characters`)
        .refine((value) => !CONTROL.test(shown(value)), `${what} must not hold control or invisible characters`),
    );
}

function codePoints(value: string): number {
  let count = 0;
  for (const _ of value) count++;
  return count;
}

/** A name as people write it: trimmed and in Unicode's NFC before it is compared or stored. */
export const Name = text({ what: "the name", min: 1, max: NAME_MAX });

/** A sentence or two for people, also on several lines; empty is the same as none. */
export const Description = text({ what: "the description", min: 0, max: DESCRIPTION_MAX, allowed: /\r?\n|\t/g })
  .transform((value) => (value === "" ? null : value))
  .nullable();

/** The owner of something, `<owner>/<URN>`. */
export const Owner = text({ what: "managedBy", min: 1, max: OWNER_MAX });

/** The beginning of owners: `team-a/` for all stacks of an owner, or as much of a URN as is wanted. */
export const OwnerPrefix = Owner.refine((prefix) => prefix.includes("/"), {
  message: "an owner's name ends with a slash: write team-a/, or team-a would be the beginning of team-ab, too",
});

/** The owner of a client or a grant; null when no program manages it. */
export const ManagedBy = Owner.nullable();

/** The immutable name of a project. */
export const ProjectSlug = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, "a project is 1 to 63 lower-case letters, digits and inner hyphens");

const BASE32 = "[a-z2-7]{26}";
/** The id of a client, which is its OAuth client ID too. */
export const ClientId = z
  .string()
  .regex(new RegExp(`^xpc_${BASE32}$`), "a client ID is xpc_ and 26 characters of a-z, 2-7");
/** The id of an actor. */
export const ActorId = z
  .string()
  .regex(new RegExp(`^xpa_${BASE32}$`), "an actor's id is xpa_ and 26 characters of a-z, 2-7");

/** An instant in UTC, RFC 3339 with milliseconds. */
export const Time = z.iso.datetime();

/** Counts the changes of one client or one grant; 0 is a grant that was never set. */
export const Revision = z.number().int().min(0);

/** A permission in a request: must be one of the catalog's. */
export const PermissionId = z.string().transform((value, context): Permission => {
  try {
    assertPermission(value);
    return value;
  } catch {
    context.addIssue({ code: "custom", message: unknownPermissionMessage(value) });
    return z.NEVER;
  }
});

/** A set of permissions in a request: order and repeats do not matter. */
export const PermissionSet = z
  // The length first: looking for the nearest names of thousands of unknown ones takes seconds.
  .array(z.string())
  .max(500, "at most 500 permissions in one request")
  .pipe(z.array(PermissionId))
  .transform((ids): readonly Permission[] => sortPermissions(ids));

/** A permission in an answer: a newer backend may know more of them than this package. */
// The intersection keeps the known literals in the editor's completion.
export type KnownPermission = Permission | (string & {});
/** Reads a permission of an answer, one of a newer backend too. */
export const AnsweredPermission: z.ZodType<KnownPermission> = z.string();

/** Who and when, on everything that can change. */
export const changeFields = {
  revision: Revision,
  managedBy: z.string().nullable(),
  createdBy: z.string(),
  createdTime: Time,
  updatedBy: z.string(),
  updatedTime: Time,
};

/** Size and place of a page. */
export const pageQuery = {
  // A query carries texts; the type is for those who call the SDK.
  limit: z.coerce.number<number>().int().min(1).max(1_000).default(100),
  cursor: z.string().min(1).max(500).optional(),
};

/** One page of a listing; `nextCursor` is null on the last. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.looseObject({ items: z.array(item), nextCursor: z.string().nullable() });
}

/** A page as the SDK hands it out. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}
