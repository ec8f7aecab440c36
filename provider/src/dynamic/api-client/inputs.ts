import { ClientId, Description, Name } from "xtremepush-access/schemas";
import { z } from "zod";
import { COLOR_COMMAND } from "../../engine-text";
import { UNKNOWN } from "../../protocol";
import { isMissing, missingInput } from "../run/missing-input";
import { showValue } from "../run/show-value";
import type { Properties } from "../run/wire";
import { checkKeys } from "./public-keys";
import { requestReasons, rotationReasons, versionOf } from "./rotation";

const Later = z.literal(UNKNOWN);

/** The checked inputs of an `ApiClient`; values that a preview does not know are UNKNOWN. The class adds `managedBy`. */
export const ClientInputs = z.object({
  name: z.string(),
  description: z.string().nullish(),
  secretVersion: z.union([z.number(), Later]).optional(),
  secretOverlap: z.string().nullish(),
  publicKeys: z.union([z.record(z.string(), z.string()), Later]).optional(),
  adopt: z.string().nullish(),
  managedBy: z.string().nullish(),
});
export type ClientInputs = z.output<typeof ClientInputs>;

/** The declaration of a client, with all values known. */
export interface Declaration {
  readonly name: string;
  readonly description: string | null;
  readonly managedBy: string | null;
  readonly secretVersion: number;
  readonly secretOverlap: string | null;
  /** PEM by label, in the form that the backend stores. */
  readonly publicKeys: Readonly<Record<string, string>>;
}

export interface NormalInputs {
  readonly inputs: Properties;
  readonly reasons: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Converts the inputs to the form that the backend stores, so that a difference in whitespace is not a change.
 *
 * @param requested - The version of the secret that the run was asked for.
 */
export function normalize(
  before: Partial<ClientInputs> | null,
  news: Properties,
  requested: number | null = null,
): NormalInputs {
  const { description, publicKeys, secretVersion, ...inputs } = news;
  const reasons: string[] = [];
  const olds = before ?? {};
  const name = Name.safeParse(news["name"]);
  if (name.success) inputs["name"] = name.data;
  if (isMissing(news["name"])) reasons.push(missingInput("name"));
  else if (!name.success) reasons.push(`name: ${name.error.issues[0]?.message}`);
  const text = Description.safeParse(description ?? null);
  if (description === UNKNOWN) inputs["description"] = description;
  else if (!text.success) reasons.push(`description: ${text.error.issues[0]?.message}`);
  else if (text.data !== null) inputs["description"] = text.data;
  const version = secretVersion ?? undeclaredVersion(olds, requested);
  if (version !== undefined) inputs["secretVersion"] = version;
  const {
    keys,
    reasons: keyReasons,
    expired,
  } = checkKeys({
    given: publicKeys,
    before: olds.publicKeys,
    // An adopted client already has its keys; the adoption compares them with the live ones.
    isAdopted: before === null && news["adopt"] !== undefined,
    now: new Date(),
  });
  if (keys !== undefined) inputs["publicKeys"] = keys;
  return {
    inputs,
    reasons: [
      ...reasons,
      ...colorReasons(olds, inputs),
      ...rotationReasons(olds, inputs),
      ...requestReasons(inputs, requested),
      ...keyReasons,
      ...adoptReasons(news["adopt"]),
    ],
    warnings: expired.map((sentence) => `${showValue(inputs["name"])}: ${sentence}`),
  };
}

/** The engine prints inputs as they are, so such a text could hide what follows it. */
function colorReasons(olds: Partial<ClientInputs>, inputs: Properties): string[] {
  return (["name", "description"] as const)
    .filter((field) => inputs[field] !== olds[field] && hasColorCommand(inputs[field]))
    .map((field) => `${field}: ${COLOR_COMMAND} begins a command for colors in what Pulumi prints; leave it out`);
}

// An object of the program may have no text.
function hasColorCommand(value: unknown): boolean {
  return typeof value === "string" && value.includes(COLOR_COMMAND);
}

/** A program that declares no version keeps the one that there is, and gets the one that the run was asked for. */
function undeclaredVersion(olds: Partial<ClientInputs>, requested: number | null): number | undefined {
  if (isFromBeforeVersions(olds)) return requested !== null && requested > 1 ? requested : undefined;
  return Math.max(1, versionOf(olds), requested ?? 1);
}

/** A state from before `secretVersion` stays without it, so that an upgrade shows no diff. */
export function isFromBeforeVersions({ name, secretVersion }: Partial<ClientInputs>): boolean {
  return name !== undefined && secretVersion === undefined;
}

function adoptReasons(adopt: unknown): string[] {
  if (adopt === undefined || adopt === UNKNOWN) return [];
  return ClientId.safeParse(adopt).success ? [] : ["adopt: a client ID is xpc_ and 26 characters of a-z, 2-7"];
}

/** Reads inputs whose values are all known. */
export function declarationOf(inputs: ClientInputs): Declaration {
  const { name, description = null, managedBy = null, secretOverlap = null, publicKeys } = inputs;
  return {
    name,
    description,
    managedBy,
    secretVersion: versionOf(inputs),
    secretOverlap,
    publicKeys: publicKeys === undefined || publicKeys === UNKNOWN ? {} : publicKeys,
  };
}

/** Reads inputs in a preview, without the fields that are not known yet. */
export function knownOf(inputs: ClientInputs): Partial<Declaration> {
  const given = new Map<string, unknown>(Object.entries(inputs));
  return Object.fromEntries(Object.entries(declarationOf(inputs)).filter(([field]) => given.get(field) !== UNKNOWN));
}
