import type { Unknown } from "../../model/manifest";
import { nameOf, typeOf } from "../../model/urn";
import { type InputValue, revealed, Secret, UNKNOWN } from "./input-value";
import { SECRET_PLACEHOLDER } from "./placeholder";
import type { Registration } from "./registration";

/** Why a value is not known. */
export class NotKnown {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** A value as the manifest says it. */
export function toManifestValue<Known>(read: Known | NotKnown): Known | Unknown {
  return read instanceof NotKnown ? { unknown: read.reason } : read;
}

/** Reads the inputs of registered resources, and tells what of them is not known. */
export class InputReader {
  private readonly placeholders: readonly string[];

  /** @param placeholders stand for the client IDs of clients that may not exist yet. */
  constructor(placeholders: readonly string[]) {
    this.placeholders = placeholders;
  }

  /** Whether the program leaves an input out. */
  isMissing(registration: Registration, key: string): boolean {
    return revealed(registration.inputs[key]) === null && !isIgnored(registration, key);
  }

  /** A value, out of its mark as a secret. */
  value(registration: Registration, key: string): InputValue | NotKnown {
    const value = revealed(registration.inputs[key]);
    return this.whyUnknown(registration, key, value) ?? value;
  }

  /** A text; what the program marks as a secret is not told. */
  text(registration: Registration, key: string): string | NotKnown {
    const value = this.value(registration, key);
    if (value instanceof NotKnown) return value;
    if (registration.inputs[key] instanceof Secret) return new NotKnown("the program marks it as a secret");
    return typeof value === "string" ? value : new NotKnown("it is no text");
  }

  /** Why a value that was given for an input, or inside of it, is not known; undefined when it is. */
  whyUnknown(registration: Registration, key: string, value: InputValue): NotKnown | undefined {
    if (isIgnored(registration, key)) {
      return new NotKnown("the program ignores changes of it (ignoreChanges), so that it stays what it is");
    }
    if (value === UNKNOWN) return notYet(registration, key);
    if (typeof value !== "string") return undefined;
    if (value.includes(SECRET_PLACEHOLDER)) {
      return new NotKnown("it is made of a value that is encrypted in the stack's configuration");
    }
    if (!this.placeholders.some((placeholder) => value.includes(placeholder))) return undefined;
    return new NotKnown("it is made of the client ID of a client that may not exist yet");
  }
}

function notYet({ dependencies }: Registration, key: string): NotKnown {
  const sources = (dependencies.get(key) ?? []).map((urn) => `${typeOf(urn)} ${nameOf(urn)}`).toSorted();
  if (sources.length === 0) return new NotKnown("it is not known before the program is deployed");
  return new NotKnown(`it is made of ${sources.join(" and ")}, and that is not known before the program is deployed`);
}

function isIgnored({ ignoreChanges }: Registration, key: string): boolean {
  return ignoreChanges.some((path) => path === "*" || firstOf(path) === key);
}

/** The first step of a path, as in `permissions["list:profile"]`. */
function firstOf(path: string): string | undefined {
  return /^(?:\["([^"]*)"\]|([^.[]*))/
    .exec(path)
    ?.slice(1)
    .find((name) => name !== undefined);
}
