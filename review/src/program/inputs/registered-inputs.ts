import { nameOf, placeholderIndex, typeOf } from "pulumi-xtremepush/protocol";
import type { GivenPermissions, ResourceInputs } from "../../manifest/entries";
import type { GivenKeys } from "../../manifest/public-keys";
import type { Unknown } from "../../model/manifest";
import { type InputValue, isMap, reveal, Secret, UNKNOWN } from "./input-value";
import { SECRET_PLACEHOLDER } from "./placeholder";
import type { Registration } from "./registration";

/** Why a value is not known. A class, because a program may give a map that looks like an `Unknown`. */
export class NotKnown implements Unknown {
  readonly unknown: string;

  constructor(unknown: string) {
    this.unknown = unknown;
  }
}

/** Reads the inputs of a resource that a program has registered. */
export class RegisteredInputs implements ResourceInputs {
  private readonly registration: Registration;
  private readonly placeholders: readonly string[];

  /** @param placeholders stand for the client IDs of clients that may not exist yet. */
  constructor(registration: Registration, placeholders: readonly string[]) {
    this.registration = registration;
    this.placeholders = placeholders;
  }

  isMissing(key: string): boolean {
    return this.given(key) === null && !this.isIgnored(key);
  }

  /** A string; what the program marks as a secret is not reported. */
  text(key: string): string | Unknown {
    const value = this.value(key);
    if (value instanceof NotKnown) return plain(value);
    if (this.registration.inputs[key] instanceof Secret) return { unknown: "the program marks it as a secret" };
    return typeof value === "string" ? value : { unknown: "it is not a string" };
  }

  integer(key: string): number | Unknown {
    const value = this.value(key);
    if (value instanceof NotKnown) return plain(value);
    return Number.isInteger(value) ? Number(value) : { unknown: "it is not a whole number" };
  }

  /** A public key is no secret, whatever the program marks it as. */
  publicKeys(key: string): GivenKeys | Unknown {
    const keys = this.value(key);
    if (keys instanceof NotKnown) return plain(keys);
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

  /** A value out of its mark as a secret, whether it is known or not. */
  given(key: string): InputValue {
    return reveal(this.registration.inputs[key]);
  }

  /** A value, out of its mark as a secret. */
  value(key: string): InputValue | NotKnown {
    return this.whyUnknown(key, this.given(key)) ?? this.given(key);
  }

  /** Whether the engine keeps what the input was. */
  isIgnored(key: string): boolean {
    return this.registration.ignoreChanges.some((path) => path === "*" || firstOf(path) === key);
  }

  private publicKey(key: string, label: string, pem: InputValue): string | Unknown {
    const unknown = this.whyUnknown(key, pem);
    if (unknown !== undefined) return plain(unknown);
    return typeof pem === "string" ? pem : { unknown: `the key ${label} is not a string` };
  }

  private permission(key: string, value: InputValue): string | NotKnown {
    // A permission that was known at once is a key, and may be made of what is not known as well.
    const unknown = this.whyUnknown("permissions", key) ?? this.whyUnknown("permissions", value);
    return unknown ?? permissionOf(key, value);
  }

  /** Why a value that was given for an input, or inside of it, is not known; undefined when it is. */
  private whyUnknown(key: string, value: InputValue): NotKnown | undefined {
    if (this.isIgnored(key)) {
      return new NotKnown("the program ignores changes of it (ignoreChanges), so that it stays what it is");
    }
    if (value === UNKNOWN) return notYet(this.registration, key);
    if (typeof value !== "string") return undefined;
    if (value.includes(SECRET_PLACEHOLDER)) {
      return new NotKnown("it is made of a value that is encrypted in the stack's configuration");
    }
    if (!this.placeholders.some((placeholder) => value.includes(placeholder))) return undefined;
    return new NotKnown("it is made of the client ID of a client that may not exist yet");
  }
}

/** The class sends a map; a transform of the program may have put a list in its place. */
function entriesOf(given: InputValue): [string, InputValue][] | undefined {
  if (Array.isArray(given)) return given.map((value: InputValue, index) => [`?${index}`, value]);
  return isMap(given) ? Object.entries(given) : undefined;
}

/** The class puts a permission that it did not know at once under `?` and its place in the list. */
function permissionOf(key: string, value: InputValue): string | NotKnown {
  const index = placeholderIndex(key);
  if (index === undefined)
    return value === true ? key : new NotKnown(`permissions[${JSON.stringify(key)}] is not true`);
  return typeof value === "string" ? value : new NotKnown(`permissions[${index}] is not a permission`);
}

function notYet({ dependencies }: Registration, key: string): NotKnown {
  const sources = (dependencies.get(key) ?? []).map((urn) => `${typeOf(urn)} ${nameOf(urn)}`).toSorted();
  if (sources.length === 0) return new NotKnown("it is not known before the program is deployed");
  return new NotKnown(`it is made of ${sources.join(" and ")}, and that is not known before the program is deployed`);
}

/** The first step of a path, as in `permissions["list:profile"]`. */
function firstOf(path: string): string | undefined {
  return /^(?:\["([^"]*)"\]|([^.[]*))/
    .exec(path)
    ?.slice(1)
    .find((name) => name !== undefined);
}

function plain({ unknown }: NotKnown): Unknown {
  return { unknown };
}
