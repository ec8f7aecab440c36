import { ClientId, Description, Name } from "xtremepush-access/schemas";
import { visibleValue } from "xtremepush-access/text";
import { UNKNOWN } from "../../protocol";
import { textOrNull } from "../run/ownership";
import type { Properties } from "../run/wire";
import { checkKeys } from "./public-keys";
import { rotationReasons, versionOf } from "./rotation";

/** The inputs of an `ApiClient`; the class adds `managedBy`. */
export const CLIENT_INPUTS = [
  "name",
  "description",
  "secretVersion",
  "secretOverlap",
  "publicKeys",
  "adopt",
  "managedBy",
] as const;

/** What a program declares of a client, all of it known. */
export interface Declaration {
  readonly name: string;
  readonly description: string | null;
  readonly managedBy: string | null;
  readonly secretVersion: number;
  readonly secretOverlap: string | null;
  /** PEM texts by label, in the form that the backend keeps. */
  readonly publicKeys: Readonly<Record<string, string>>;
}

/** What a check of inputs has found. */
export interface NormalInputs {
  readonly inputs: Properties;
  readonly reasons: readonly string[];
  readonly warnings: readonly string[];
}

/** Gives the inputs the form that the backend stores, so that a blank more or less is no change. */
export function normalize(olds: Properties, news: Properties): NormalInputs {
  const { description, publicKeys, secretVersion, ...inputs } = news;
  const reasons: string[] = [];
  const name = Name.safeParse(news["name"] ?? "");
  if (news["name"] !== UNKNOWN) {
    if (name.success) inputs["name"] = name.data;
    else reasons.push(`name: ${name.error.issues[0]?.message}`);
  }
  const text = Description.safeParse(description ?? null);
  if (description === UNKNOWN) inputs["description"] = description;
  else if (!text.success) reasons.push(`description: ${text.error.issues[0]?.message}`);
  else if (text.data !== null) inputs["description"] = text.data;
  if (secretVersion !== undefined || !isFromBeforeVersions(olds)) inputs["secretVersion"] = secretVersion ?? 1;
  const {
    keys,
    reasons: keyReasons,
    expired,
  } = checkKeys({
    given: publicKeys,
    before: olds["publicKeys"],
    // What is adopted is compared with what is live: its keys are the client's already.
    isAdopted: Object.keys(olds).length === 0 && news["adopt"] !== undefined,
    now: new Date(),
  });
  if (keys !== undefined) inputs["publicKeys"] = keys;
  return {
    inputs,
    reasons: [...reasons, ...rotationReasons(olds, inputs), ...keyReasons, ...adoptReasons(news["adopt"])],
    warnings: expired.map((sentence) => `${visibleValue(inputs["name"])}: ${sentence}`),
  };
}

/** A state of a version without `secretVersion` is left without it: nothing about it is to be reviewed. */
export function isFromBeforeVersions(olds: Properties): boolean {
  return "name" in olds && !("secretVersion" in olds);
}

function adoptReasons(adopt: unknown): string[] {
  if (adopt === undefined || adopt === UNKNOWN) return [];
  return ClientId.safeParse(adopt).success ? [] : ["adopt: a client ID is xpc_ and 26 characters of a-z, 2-7"];
}

/** Reads checked inputs of which every one is known. */
export function declarationOf(inputs: Properties): Declaration {
  const { name, description, managedBy, secretOverlap, publicKeys } = inputs;
  return {
    name: String(name),
    description: textOrNull(description),
    managedBy: textOrNull(managedBy),
    secretVersion: versionOf(inputs),
    secretOverlap: textOrNull(secretOverlap),
    publicKeys: keysOf(publicKeys),
  };
}

/** The same in a preview: a field that is not known yet is left out, and so is a label whose key is not. */
export function knownOf(inputs: Properties): Partial<Declaration> {
  const known = Object.entries(declarationOf(inputs)).filter(([field]) => inputs[field] !== UNKNOWN);
  return Object.fromEntries(known);
}

/** The PEM texts by label, of inputs or of a state. */
export function keysOf(publicKeys: unknown): Readonly<Record<string, string>> {
  if (typeof publicKeys !== "object" || publicKeys === null) return {};
  return Object.fromEntries(Object.entries(publicKeys).map(([label, pem]) => [label, String(pem)]));
}
