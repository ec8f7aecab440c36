import { z } from "zod";
import { AnsweredPermission, ClientId, Name, PermissionId, ProjectSlug, pageQuery, Time } from "./fields";

/** How many uses one report has at most. */
export const USES_MAX = 200;
/** How old the end of a report may be, in days: a report that is sent again later could count twice. */
export const REPORT_DAYS = 7;
/** How many days the use of each day is kept. */
export const USE_DAYS = 400;

const HOUR_MS = 3_600_000;
const Count = z.number().int().min(0).max(1_000_000_000);

/** How often a client used a permission in one hour, and how often it was refused. */
const Use = z
  .strictObject({
    clientId: ClientId,
    /** A permission that the backend does not know is not counted. */
    permission: z.string().regex(/^[\x21-\x7e]{1,100}$/, "a permission is like list:profile"),
    /** The start of the hour. */
    hour: Time.refine((time) => Date.parse(time) % HOUR_MS === 0, "an hour starts at minute 0"),
    /** Calls that were allowed. */
    count: Count,
    /** Calls that were refused because the client did not have the permission. */
    refused: Count,
    /** The times of the first and of the last of these calls. */
    first: Time,
    last: Time,
  })
  .refine(({ hour, first, last }) => first <= last && isWithin(first, hour) && isWithin(last, hour), {
    path: ["first"],
    message: "first and last are within the hour, and last is not before first",
  })
  .refine(({ count, refused }) => count + refused > 0, { path: ["count"], message: "a use has at least one call" });

function isWithin(time: string, hour: string): boolean {
  const past = Date.parse(time) - Date.parse(hour);
  return past >= 0 && past < HOUR_MS;
}

function isAmong(hour: string, from: string, to: string): boolean {
  const start = Date.parse(hour);
  return start + HOUR_MS > Date.parse(from) && start <= Date.parse(to);
}

/**
 * What a gateway has seen. It sends a report without uses as well: that a permission is not used is known only for the time
 * of the reports.
 */
export const UseReport = z
  .strictObject({
    /** The gateway's own name; several gateways may use one token. */
    gateway: Name,
    /** Names the report among those of the gateway: one that is sent twice counts once. */
    batch: z.string().regex(/^[\w.-]{1,64}$/, "a batch is 1 to 64 letters, digits, dots, hyphens and underscores"),
    /** The time that the report is about. */
    from: Time,
    to: Time,
    /** @default all projects of the actor */
    projects: z.array(ProjectSlug).min(1).max(1_000).optional(),
    uses: z.array(Use).max(USES_MAX, `a report has at most ${USES_MAX} uses; send several`),
  })
  .refine(({ from, to }) => Date.parse(from) <= Date.parse(to), { path: ["to"], message: "to is not before from" })
  .refine(({ from, to, uses }) => uses.every(({ hour }) => isAmong(hour, from, to)), {
    path: ["uses"],
    message: "the uses are in hours between from and to",
  });
export type UseReport = z.input<typeof UseReport>;

/** The answer to a report: the same report counts once. */
export const UseReported = z.looseObject({
  /** How many of its uses were counted. */
  counted: z.number().int(),
  /** How many were not: of unknown permissions, and of clients that are not in the projects of the actor. */
  ignored: z.number().int(),
  /** Whether the report had arrived before; nothing was counted again. */
  repeated: z.boolean(),
});
export type UseReported = z.output<typeof UseReported>;

/** The time that reports of gateways are about, since the last day or longer without any. */
export const ReportedTime = z.looseObject({
  since: Time,
  until: Time,
  /** The names of the gateways, in alphabetical order; at most 100. */
  gateways: z.array(z.string()),
});
export type ReportedTime = z.output<typeof ReportedTime>;

/** How often the calls of a client were allowed and refused for one permission, and when. */
export const PermissionUse = z.looseObject({
  permission: AnsweredPermission,
  /** Whether its grant has the permission now. */
  granted: z.boolean(),
  /** Allowed and refused calls of the last `days` days. */
  count: z.number().int(),
  refused: z.number().int(),
  /** Null when no gateway has reported an allowed call. */
  firstUsedTime: Time.nullable(),
  lastUsedTime: Time.nullable(),
  lastRefusedTime: Time.nullable(),
});
export type PermissionUse = z.output<typeof PermissionUse>;

/** How many days the counts are about. */
export const ClientUseQuery = z.strictObject({
  days: z.coerce.number<number>().int().min(1).max(USE_DAYS).default(30),
});
export type ClientUseQuery = Partial<z.input<typeof ClientUseQuery>>;

/** What a client uses: the permissions of its grant, and others that it used or was refused. */
export const ClientUse = z.looseObject({
  clientId: z.string(),
  project: z.string(),
  name: z.string(),
  days: z.number().int(),
  /** Null when no gateway has reported for the project: then nothing is known, and nothing counts as unused. */
  reported: ReportedTime.nullable(),
  permissions: z.array(PermissionUse),
});
export type ClientUse = z.output<typeof ClientUse>;

/** Which permissions of grants to list: all, those not used for some days, or one. */
export const ProjectUseQuery = z.strictObject({
  ...pageQuery,
  unusedDays: z.coerce
    .number<number>()
    .int()
    .min(1)
    .max(USE_DAYS)
    .optional()
    .describe("Only permissions that were not used in the last days; none while notKnown has a reason"),
  permission: PermissionId.optional(),
});
export type ProjectUseQuery = Partial<z.input<typeof ProjectUseQuery>>;

/** When a permission of a grant was last used. */
export const GrantedUse = z.looseObject({
  permission: AnsweredPermission,
  /** Null when no gateway has reported an allowed call. */
  lastUsedTime: Time.nullable(),
});
export type GrantedUse = z.output<typeof GrantedUse>;

/** What one client was granted, without what it lost again. */
export const ClientGrantedUse = z.looseObject({
  clientId: z.string(),
  name: z.string(),
  /** When its grant was last changed. */
  grantedTime: Time,
  permissions: z.array(GrantedUse),
});
export type ClientGrantedUse = z.output<typeof ClientGrantedUse>;

/** Why it is not known what was not used for some days: gateways must have counted for all of them, and still do. */
export const UnusedNotKnown = z.looseObject({
  /** `unreported`: no gateway has ever reported; `ended`: none has for more than a day; `young`: they count for less than these days. */
  why: z.enum(["unreported", "ended", "young"]),
  /** From when on it is known, if they go on; null when none counts. */
  knownFrom: Time.nullable(),
});
export type UnusedNotKnown = z.output<typeof UnusedNotKnown>;

/** One page of the clients of a project that have such permissions. */
export const ProjectUsePage = z.looseObject({
  project: z.string(),
  /** Null when no gateway has reported for the project: then nothing is known, and nothing counts as unused. */
  reported: ReportedTime.nullable(),
  /** With `unusedDays`: why nothing is known to be unused, and `items` is empty; null when it is known, and without `unusedDays`. */
  notKnown: UnusedNotKnown.nullable().default(null),
  items: z.array(ClientGrantedUse),
  nextCursor: z.string().nullable(),
});
export type ProjectUsePage = z.output<typeof ProjectUsePage>;
