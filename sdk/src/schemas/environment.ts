import { z } from "zod";
import { DAY_MS, Duration, durationMs } from "./duration";
import { pageOf, pageQuery, Time } from "./fields";

/** The name of a Pulumi program, as in its Pulumi.yaml. */
export const ProgramName = z
  .string()
  .regex(/^(?!\.{1,2}$)[A-Za-z0-9_.-]{1,100}$/, "a program is 1 to 100 letters, digits, dots, hyphens and underscores");

/** The name of an environment, which is also the name of its Pulumi stack. */
export const EnvironmentName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/,
    "an environment is 1 to 100 letters, digits, dots, hyphens and underscores",
  );

/** How long an environment may live at most, in days. */
const LIFETIME_MAX_DAYS = 3_650;

/** How long an environment lives: `"72h"`. */
export const Lifetime = Duration.refine((text) => durationMs(text) <= LIFETIME_MAX_DAYS * DAY_MS, {
  message: `a time to live is at most ${LIFETIME_MAX_DAYS}d`,
});

/** A lock whose run has not been seen for this long is of a run that died, in milliseconds. */
export const ENVIRONMENT_LOCK_MS = 60_000;

const RunId = z.string().regex(/^[A-Za-z0-9_-]{8,64}$/, "a run is 8 to 64 letters, digits, hyphens and underscores");

const Printable = z
  .string()
  .regex(/^[\x20-\x7e]+$/, "must be printable ASCII")
  .max(255);

/** A run of a command that changes an environment, and where it runs. */
const runFields = {
  /** The ID of the run, which it chooses itself. */
  run: z.string(),
  host: z.string(),
  processId: z.number().int(),
  /** Tells the process from a later one with its ID on the same machine; null where the system does not. */
  process: z.string().nullable(),
  /** What it does: `up` or `down`. */
  command: z.string(),
};

/** A run that died while it had the lock: what it left of other locks may be removed. */
export const DeadRun = z.looseObject({ ...runFields, actor: z.string(), sinceTime: Time, seenTime: Time });
export type DeadRun = z.output<typeof DeadRun>;

/** The run that has the sole right to change an environment at the moment, or had it when it died. */
export const EnvironmentLock = DeadRun.extend({
  /** Whether the run was seen in the last minute; another run takes over a lock that is not live. */
  live: z.boolean(),
});
export type EnvironmentLock = z.output<typeof EnvironmentLock>;

/** An environment of a program: a Pulumi stack that belongs to a project. */
export const Environment = z.looseObject({
  project: z.string(),
  /** The name of the program in its Pulumi.yaml. */
  program: z.string(),
  name: z.string(),
  /** The pattern of access-env.yaml that it comes from; null for one with an entry of its own. */
  pattern: z.string().nullable(),
  createdBy: z.string(),
  createdTime: Time,
  updatedBy: z.string(),
  /** When it was last put. */
  updatedTime: Time,
  /** When its time to live is over; null when it stays. */
  expiresTime: Time.nullable(),
  /** Whether its time to live is over by the clock of the backend. */
  expired: z.boolean(),
  /** Null when no run is changing it. */
  lock: EnvironmentLock.nullable(),
  /** The runs that died since the last one that finished, newest first. */
  deadRuns: z.array(DeadRun),
});
export type Environment = z.output<typeof Environment>;

/** The request that makes an environment, or starts its time to live again. */
export const EnvironmentPut = z.strictObject({
  /** Null for one that stays. */
  ttl: Lifetime.nullable(),
  pattern: z
    .string()
    .regex(/^(?=.{1,100}$)[A-Za-z0-9_.-]*\*[A-Za-z0-9_.-]*$/, "a pattern is a name with one *")
    .nullable()
    .default(null),
  /** How many environments the pattern may have, in the projects that the actor sees. */
  max: z.number().int().min(1).max(1_000_000).nullable().default(null),
});
export type EnvironmentPut = z.input<typeof EnvironmentPut>;

/** An environment as it is after the request, and whether it is new. */
export const EnvironmentPutAnswer = Environment.extend({
  /** Whether the environment was made, and not there before. */
  made: z.boolean(),
});
export type EnvironmentPutAnswer = z.output<typeof EnvironmentPutAnswer>;

/** The request that takes the lock of an environment for a run. The run that has it already keeps it. */
export const EnvironmentLockTake = z.strictObject({
  run: RunId,
  host: Printable,
  processId: z.number().int().min(1).max(2_147_483_647),
  process: Printable.nullable().default(null),
  command: z.string().regex(/^[a-z][a-z-]{0,19}$/, "a command is up to 20 lower-case letters and hyphens"),
  /** A run that the caller knows to be dead: if it has the lock, it is taken over at once. */
  deadRun: RunId.optional(),
});
export type EnvironmentLockTake = z.input<typeof EnvironmentLockTake>;

/** The request by which a run reports that it still works. */
export const EnvironmentHeartbeat = z.strictObject({ run: RunId });

/** The run that gives the lock back; whether it finished, so that no dead run before it matters any more. */
export const EnvironmentUnlockQuery = z.strictObject({
  run: RunId,
  finished: z
    .enum(["true", "false"])
    .default("false")
    .transform((finished) => finished === "true"),
});

/** The run that removes an environment; without one, nobody may be changing it. */
export const EnvironmentDeleteQuery = z.strictObject({ run: RunId.optional() });

/** Which program to list, and which page; by default the first 100 of all programs. */
export const EnvironmentQuery = z.strictObject({
  ...pageQuery,
  program: ProgramName.optional().describe("Only environments of this program"),
});
export type EnvironmentQuery = Partial<z.input<typeof EnvironmentQuery>>;

/** One page of environments: those whose time to live is over, or is over first, come first. */
export const EnvironmentPage = pageOf(Environment);
