import { ACCESS_KINDS, DATA_KINDS, RISKS, SCOPES } from "xtremepush-access/catalog";
import { PermissionId } from "xtremepush-access/schemas";
import { z } from "zod";
import { type ClientDiff, EFFECTS, type PermissionChange } from "../model/access-diff";
import { matchesPattern } from "./pattern";

const SCOPE_IDS = Object.keys(SCOPES);
const Scope = z
  .string()
  .refine((scope) => SCOPE_IDS.includes(scope), `is not a scope; the scopes are ${SCOPE_IDS.join(", ")}`)
  .meta({ enum: SCOPE_IDS });
/** `*` matches any characters. */
const Pattern = z.string().min(1).max(200);
const StackName = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{1,100}$/, "is not the name of one stack: without the organization, and without a pattern");

/** What a condition applies to, and how it is decided. An unknown fact must meet every condition. */
type Test =
  | { readonly of: "permission"; isMet(permission: PermissionChange, values: readonly string[]): boolean }
  | { readonly of: "client"; isMet(client: ClientDiff, values: readonly string[]): boolean }
  | { readonly of: "stack"; isMet(stack: string, values: readonly string[]): boolean };

/** A condition of a rule: its values, how it is decided, and its text in the guide. */
export type Condition = Test & {
  readonly value: z.ZodType<string>;
  /** Markdown for the guide's table: the values that it takes. */
  readonly takes: string;
  /** Markdown for the guide's table: when it is met. */
  readonly meaning: string;
};

const OF_THE_PERMISSIONS = "as [the permissions](../permissions.md) say";

/** Every condition that a rule may have under `when`. To add one, add a row. */
export const CONDITIONS = {
  permission: {
    of: "permission",
    value: PermissionId,
    takes: "the id of a permission",
    meaning: "the client gains this permission",
    isMet: ({ permission }, values) => values.includes(permission),
  },
  scope: {
    of: "permission",
    value: Scope,
    takes: "a scope",
    meaning: "the client gains a permission of this scope",
    isMet: ({ scope }, values) => isOneOf(scope, values),
  },
  access: {
    of: "permission",
    value: z.enum(ACCESS_KINDS),
    takes: listValues(ACCESS_KINDS),
    meaning: `the client gains a permission with this kind of access, ${OF_THE_PERMISSIONS}`,
    isMet: ({ access }, values) => isOneOf(access, values),
  },
  data: {
    of: "permission",
    value: z.enum(DATA_KINDS),
    takes: listValues(DATA_KINDS),
    meaning: `the client gains a permission on this kind of data, ${OF_THE_PERMISSIONS}`,
    isMet: ({ data }, values) => isOneOf(data, values),
  },
  risk: {
    of: "permission",
    value: z.enum(RISKS),
    takes: listValues(RISKS),
    meaning: `the client gains a permission of this risk, ${OF_THE_PERMISSIONS}`,
    isMet: ({ risk }, values) => isOneOf(risk, values),
  },
  "not-before": {
    of: "permission",
    value: StackName,
    takes: "the name of another stack of the program; of a list, every stack counts. Needs `stack`",
    meaning:
      "the client gains a permission that the client of the same name does not have in that stack, or gets there only now: it must have it before the change and keep it",
    isMet: ({ heldIn = [] }, values) => values.some((stack) => !heldIn.includes(stack)),
  },
  client: {
    of: "client",
    value: Pattern,
    takes: "a name; `*` matches any characters",
    meaning: "the client has this name before or after the change, or its name is unknown",
    isMet: (client, values) =>
      isNameUnknown(client) ||
      [client.nameBefore, client.nameAfter].some((name) => name !== null && matchesOneOf(name, values)),
  },
  stack: {
    of: "stack",
    value: Pattern,
    takes: "a name; `*` matches any characters",
    meaning: "the client is in this stack",
    isMet: (stack, values) => matchesOneOf(stack, values),
  },
  effect: {
    of: "client",
    value: z.enum(EFFECTS),
    takes: listValues(EFFECTS),
    meaning: "this happens to the client, or what happens to it is unknown",
    isMet: ({ effects }, values) => effects.includes("unknown") || effects.some((effect) => values.includes(effect)),
  },
} as const satisfies Record<string, Condition>;
export type ConditionName = keyof typeof CONDITIONS;

/** One value or a list of them. */
const Values = (value: z.ZodType<string>) =>
  z.preprocess((given) => (Array.isArray(given) ? given : [given]), z.array(value).min(1)).optional();

const rows = Object.entries(CONDITIONS).map(([name, { value }]) => [name, Values(value)]);

/** Every condition must be met; any one of its values is enough. */
// Object.fromEntries loses the names.
export const Conditions = z.strictObject(Object.fromEntries(rows) as Record<ConditionName, ReturnType<typeof Values>>);
export type Conditions = z.output<typeof Conditions>;

/** A permission that is not in the catalog may be of any kind. */
function isOneOf(value: string | null, values: readonly string[]): boolean {
  return value === null || values.includes(value);
}

function matchesOneOf(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => matchesPattern(name, pattern));
}

/** Whether its name is unknown on a side where it exists. */
function isNameUnknown({ effects, nameBefore, nameAfter }: ClientDiff): boolean {
  return (nameBefore === null && !effects.includes("created")) || (nameAfter === null && !effects.includes("deleted"));
}

function listValues(values: readonly string[]): string {
  return values.map((value) => `\`${value}\``).join(", ");
}
