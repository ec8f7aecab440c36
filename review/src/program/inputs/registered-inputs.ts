import { nameOf, placeholderIndex, typeOf } from "pulumi-xtremepush/protocol";
import { quoted } from "xtremepush-access/text";
import type { GivenPermissions, ResourceInputs } from "../../manifest/entries";
import { pathStart } from "../../manifest/property-path";
import type { GivenKeys } from "../../manifest/public-keys";
import type { Unknown } from "../../model/manifest";
import { type InputValue, isMap, reveal, Secret, UNKNOWN } from "./input-value";
import { SECRET_PLACEHOLDER } from "./placeholder";
import type { Registration } from "./registration";

/** Why a value is unknown. A class, because a program may pass a map that looks like an `Unknown`. */
export class NotKnown implements Unknown {
  readonly unknown: string;

  constructor(unknown: string) {
    this.unknown = unknown;
  }
}

/** Reads the inputs of a resource that a program registers. */
export class RegisteredInputs implements ResourceInputs {
  private readonly registration: Registration;
  private readonly placeholders: readonly string[];

  /** @param placeholders Replace the IDs of clients that may not exist yet. */
  constructor(registration: Registration, placeholders: readonly string[]) {
    this.registration = registration;
    this.placeholders = placeholders;
  }

  isMissing(key: string): boolean {
    return this.given(key) === null && !this.isIgnored(key);
  }

  /** A string. A value that the program marks as a secret is never shown. */
  text(key: string): string | Unknown {
    const value = this.value(key);
    if (value instanceof NotKnown) return toUnknown(value);
    if (this.registration.inputs[key] instanceof Secret) return { unknown: "the program marks it as a secret" };
    return typeof value === "string" ? value : { unknown: "it is not a string" };
  }

  integer(key: string): number | Unknown {
    const value = this.value(key);
    if (value instanceof NotKnown) return toUnknown(value);
    return Number.isInteger(value) ? Number(value) : { unknown: "it is not an integer" };
  }

  /** A public key is not a secret, even if the program marks it as one. */
  publicKeys(key: string): GivenKeys | Unknown {
    const keys = this.value(key);
    if (keys instanceof NotKnown) return toUnknown(keys);
    if (!isMap(keys)) return { unknown: "it is not a map of public keys" };
    return Object.entries(keys).map(([label, given]) => [label, this.publicKey(key, label, reveal(given))]);
  }

  permissions(): GivenPermissions {
    const given = this.value("permissions");
    const entries = given instanceof NotKnown ? undefined : entriesOf(given);
    if (given instanceof NotKnown || entries === undefined) {
      return { permissions: [], unknownPermissions: given instanceof NotKnown ? given.unknown : "they are not a list" };
    }
    const read = entries.map(([key, value]) => this.permission(key, reveal(value)));
    return {
      permissions: read.filter((permission) => typeof permission === "string"),
      unknownPermissions: read.find((permission) => permission instanceof NotKnown)?.unknown ?? null,
    };
  }

  /** The raw value without its mark as a secret; it may be unknown. */
  given(key: string): InputValue {
    return reveal(this.registration.inputs[key]);
  }

  /** The value without its mark as a secret, or why it is unknown. */
  value(key: string): InputValue | NotKnown {
    return this.whyUnknown(key, this.given(key)) ?? this.given(key);
  }

  /** Whether the engine keeps the old input (`ignoreChanges`). */
  isIgnored(key: string): boolean {
    return this.registration.ignoreChanges.some((path) => ["*", key].includes(pathStart(path)));
  }

  private publicKey(key: string, label: string, pem: InputValue): string | Unknown {
    const unknown = this.whyUnknown(key, pem);
    if (unknown !== undefined) return toUnknown(unknown);
    return typeof pem === "string" ? pem : { unknown: `the key ${label} is not a string` };
  }

  private permission(key: string, value: InputValue): string | NotKnown {
    // A permission that the class could read is a key, and it may still hold a placeholder.
    const unknown = this.whyUnknown("permissions", key) ?? this.whyUnknown("permissions", value);
    return unknown ?? permissionOf(key, value);
  }

  /** Why a value of an input, or a part of it, is unknown; undefined when it is known. */
  private whyUnknown(key: string, value: InputValue): NotKnown | undefined {
    if (this.isIgnored(key)) {
      return new NotKnown("the program ignores changes to it (ignoreChanges), so it stays as it is");
    }
    if (value === UNKNOWN) return explainUnknown(this.registration, key);
    if (typeof value !== "string") return undefined;
    if (value.includes(SECRET_PLACEHOLDER)) {
      return new NotKnown("it depends on a value that is encrypted in the stack's configuration");
    }
    if (!this.placeholders.some((placeholder) => value.includes(placeholder))) return undefined;
    return new NotKnown("it depends on the ID of a client that may not exist yet");
  }
}

/** The class sends a map, but a transform of the program may replace it with a list. */
function entriesOf(given: InputValue): [string, InputValue][] | undefined {
  if (Array.isArray(given)) return given.map((value: InputValue, index) => [`?${index}`, value]);
  return isMap(given) ? Object.entries(given) : undefined;
}

/** The class stores a permission that it cannot read yet under `?` and its index. */
function permissionOf(key: string, value: InputValue): string | NotKnown {
  const index = placeholderIndex(key);
  if (index === undefined) return value === true ? key : new NotKnown(`permissions[${quoted(key)}] is not true`);
  return typeof value === "string" ? value : new NotKnown(`permissions[${index}] is not a permission`);
}

function explainUnknown({ dependencies }: Registration, key: string): NotKnown {
  const sources = (dependencies.get(key) ?? []).map((urn) => `${typeOf(urn)} ${nameOf(urn)}`).toSorted();
  if (sources.length === 0) return new NotKnown("it is not known before the program is deployed");
  return new NotKnown(`it depends on ${sources.join(" and ")}, which is not known before the program is deployed`);
}

function toUnknown({ unknown }: NotKnown): Unknown {
  return { unknown };
}
