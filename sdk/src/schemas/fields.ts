import { z } from "zod";
import { isPermission, PERMISSION_IDS, type Permission, sortPermissions, unknownPermissionMessage } from "../catalog";
import { CONTROL, CONTROL_OF_PROSE, codePoints, findHidden, plainSpaces, visible } from "../text";

/** Maximum length of the name of a client or an actor, in characters. */
const NAME_MAX = 100;
/** Maximum length of the description of a client, in characters. */
const DESCRIPTION_MAX = 1_000;
/** Maximum length of the owner of a client or a grant, in characters. */
const OWNER_MAX = 1_024;

/** At most this many UTF-16 units become one code point in NFC: a letter and its three marks. */
const UNITS_PER_CHARACTER = 4;
const MARKS_MAX = 4;
// Marks that stack; those that take a space of their own, as in Burmese, do not count.
const STACKED_MARKS = new RegExp(`[\\p{Mn}\\p{Me}]{${MARKS_MAX + 1}}`, "u");

interface TextRule {
  readonly what: string;
  readonly min: number;
  readonly max: number;
  /** What the string may contain besides visible characters, written as characters that it may contain. */
  readonly plain?: (value: string) => string;
  /** The characters that it must not contain, for `limitsOf`. */
  readonly control?: string;
  /** Whether marks may stack without a limit. */
  readonly marksAnyNumber?: boolean;
}

/** Trims and normalizes to NFC; counts code points, as PostgreSQL does. */
export function text(rule: TextRule) {
  const { what, min, max, plain = (value) => value, marksAnyNumber = false } = rule;
  const tooLong = `${what} must not be longer than ${max} characters`;
  return (
    z
      .string()
      .transform((value) => value.trim())
      // Check the length first: NFC of a long run of marks takes seconds.
      .refine((value) => value.length <= max * UNITS_PER_CHARACTER, { error: tooLong, abort: true })
      .transform((value) => value.normalize("NFC"))
      .pipe(
        z
          .string()
          .min(min, `${what} must not be empty`)
          .refine((value) => codePoints(value) <= max, tooLong)
          .refine((value) => findHidden(plain(value)) === undefined, {
            error: ({ input }) => hiddenMessage(what, plain(String(input))),
          })
          .refine(
            (value) => marksAnyNumber || !STACKED_MARKS.test(value),
            `${what} must not contain more than ${MARKS_MAX} combining marks in a row`,
          ),
      )
      .meta(limitsOf(rule))
  );
}

/**
 * The limits of a text for a JSON Schema, which cannot see what is trimmed and refined. Other hidden characters are not in
 * the pattern: not every regular expression knows them.
 */
function limitsOf({ min, max, control = CONTROL }: TextRule) {
  const any = `[^${control}]*`;
  const pattern = min === 0 ? `^${any}$` : String.raw`^${any}[^\s${control}]${any}$`;
  return { ...(min > 0 && { minLength: min }), maxLength: max, pattern };
}

/** Names the character, which nobody can see. */
function hiddenMessage(what: string, value: string): string {
  return `${what} must not contain control or invisible characters: ${visible(findHidden(value) ?? "")}`;
}

/** A name, trimmed and normalized to Unicode NFC before it is compared or stored. */
export const Name = text({ what: "the name", min: 1, max: NAME_MAX });

/** Prose has lines, tabs and spaces of other widths. */
function plainProse(value: string): string {
  return plainSpaces(value.replace(/\r?\n|\t/g, " "));
}

/** A sentence or two for people, on one or more lines; an empty description counts as none. */
export const Description = text({
  what: "the description",
  min: 0,
  max: DESCRIPTION_MAX,
  plain: plainProse,
  control: CONTROL_OF_PROSE,
})
  .transform((value) => (value === "" ? null : value))
  .nullable();

/**
 * The owner of a client or a grant, `<owner>/<URN>`.
 *
 * The names of resources in a URN are a program's own: marks, joiners and spaces of any width are kept, and escaped
 * where an owner is printed.
 */
export const Owner = text({ what: "managedBy", min: 1, max: OWNER_MAX, plain: plainUrn, marksAnyNumber: true });

function plainUrn(value: string): string {
  return plainSpaces(value).replace(/[\p{Mn}\p{Join_Control}]/gu, " ");
}

/** The start of an owner: `team-a/` for all stacks of team-a, or any longer part of an owner. */
export const OwnerPrefix = Owner.refine((prefix) => prefix.includes("/"), {
  message: "end the owner with a slash: write team-a/, because team-a would also match team-ab",
}).meta({ pattern: `^[^${CONTROL}]*/[^${CONTROL}]*$` });

/** The owner of a client or a grant; null when no program manages it. */
export const ManagedBy = Owner.nullable();

/** The slug of a project, which never changes. */
export const ProjectSlug = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, "a project is 1 to 63 lower-case letters, digits and inner hyphens");

const BASE32 = "[a-z2-7]{26}";
/** The ID of a client, which is also its OAuth client ID. */
export const ClientId = z
  .string()
  .regex(new RegExp(`^xpc_${BASE32}$`), "a client ID is xpc_ and 26 characters of a-z, 2-7");
/** The ID of an actor. */
export const ActorId = z
  .string()
  .regex(new RegExp(`^xpa_${BASE32}$`), "an actor's id is xpa_ and 26 characters of a-z, 2-7");

/** The ID of a delivery. */
export const DeliveryId = z
  .string()
  .regex(new RegExp(`^xpd_${BASE32}$`), "a delivery's id is xpd_ and 26 characters of a-z, 2-7");

/** An instant in UTC, RFC 3339 with milliseconds. */
export const Time = z.iso.datetime();

/** Counts the changes of one client or one grant; 0 is a grant that was never set. */
export const Revision = z.number().int().min(0);

// The catalog checks it, which names the nearest permission; the enum is for a JSON Schema.
const RequestedPermission = z.string().meta({ enum: PERMISSION_IDS });

/** A permission in a request; it must be in the catalog. */
export const PermissionId = RequestedPermission.transform((value, context): Permission => {
  if (isPermission(value)) return value;
  context.addIssue({ code: "custom", message: unknownPermissionMessage(value) });
  return z.NEVER;
});

/** How many unknown permissions get a suggestion: each search takes up to a millisecond. */
const NEAREST_MAX = 20;

/** A set of permissions in a request: order and repeats do not matter. */
export const PermissionSet = z
  .array(RequestedPermission)
  .max(500, "a request takes at most 500 permissions")
  .transform((ids, context): readonly Permission[] => {
    const unknown = ids.flatMap((id, index) => (isPermission(id) ? [] : [{ id, index }]));
    for (const [place, { id, index }] of unknown.entries()) {
      const message = place < NEAREST_MAX ? unknownPermissionMessage(id) : "unknown permission";
      context.addIssue({ code: "custom", path: [index], message });
    }
    return sortPermissions(ids.filter(isPermission));
  });

/** A permission in an answer; a newer backend may know more permissions than this package. */
// The intersection keeps the known literals in the editor's completion.
export type KnownPermission = Permission | (string & {});
/** Accepts permissions of a newer backend too. */
export const AnsweredPermission: z.ZodType<KnownPermission> = z.string();

/** The fields of every resource that can change: its revision, its owner, who changed it and when. */
export const changeFields = {
  revision: Revision,
  managedBy: z.string().nullable(),
  createdBy: z.string(),
  createdTime: Time,
  updatedBy: z.string(),
  updatedTime: Time,
};

/** The maximum size of a page and where it starts. */
export const pageQuery = {
  // A query string carries strings; callers of the SDK pass a number.
  limit: z.coerce
    .number<number>()
    .int()
    .min(1)
    .max(1_000)
    .default(100)
    .describe("The maximum number of items; a page of large items has fewer. Go on until nextCursor is null"),
  cursor: z.string().min(1).max(500).optional(),
};

/** The schema of a page of a listing. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.looseObject({ items: z.array(item), nextCursor: z.string().nullable() });
}

/**
 * One page of a listing: at most `limit` items, and fewer where they are large. Others follow until `nextCursor` is null.
 */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}
