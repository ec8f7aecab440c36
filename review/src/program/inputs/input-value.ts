import type { Map as MessageMap } from "google-protobuf";
import type { Struct, Value } from "google-protobuf/google/protobuf/struct_pb";
import { SECRET_KEY, SECRET_MARK, UNKNOWN as UNKNOWN_TEXT } from "pulumi-xtremepush/protocol";

/** A value that the program cannot know before it is deployed. */
export const UNKNOWN = Symbol("unknown");

export class Secret {
  readonly value: InputValue;

  constructor(value: InputValue) {
    this.value = value;
  }
}

export type InputValue =
  | null
  | boolean
  | number
  | string
  | Secret
  | typeof UNKNOWN
  | readonly InputValue[]
  | { readonly [key: string]: InputValue };

/** Reads the inputs of a resource. */
export function inputsOf(struct: Struct | undefined): Readonly<Record<string, InputValue>> {
  if (struct === undefined) return {};
  // Object.fromEntries makes an own property of every key, even `__proto__`; the struct's own reader does not.
  return Object.fromEntries(messagesIn(struct.getFieldsMap()).map(([key, value]) => [key, inputValueOf(value)]));
}

/** The entries of a map of messages, whose own toArray returns raw data. */
export function messagesIn<Message>(map: MessageMap<string, Message>): [string, Message][] {
  const entries: [string, Message][] = [];
  map.forEach((message, key) => {
    entries.push([key, message]);
  });
  return entries;
}

export function inputValueOf(value: Value): InputValue {
  const struct = value.getStructValue();
  if (struct !== undefined && value.hasStructValue()) return secretOr(inputsOf(struct));
  const list = value.getListValue();
  if (list !== undefined && value.hasListValue()) return list.getValuesList().map(inputValueOf);
  if (value.hasStringValue()) return textOr(value.getStringValue());
  if (value.hasBoolValue()) return value.getBoolValue();
  if (value.hasNumberValue()) return value.getNumberValue();
  return null;
}

function textOr(text: string): string | typeof UNKNOWN {
  return text === UNKNOWN_TEXT ? UNKNOWN : text;
}

function secretOr(properties: Readonly<Record<string, InputValue>>): InputValue {
  if (properties[SECRET_KEY] !== SECRET_MARK) return properties;
  return new Secret(properties["value"] ?? null);
}

/** Whether a value, or a part of it, is secret or unknown, or holds a placeholder. */
export function isUncertain(value: InputValue, placeholders: readonly string[]): boolean {
  if (value instanceof Secret || value === UNKNOWN) return true;
  if (typeof value === "string") return placeholders.some((placeholder) => value.includes(placeholder));
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some((part) => isUncertain(part, placeholders));
}

/** Removes the marks of a secret, for values that are not secret whatever the program says. */
export function reveal(value: InputValue | undefined): InputValue {
  return value instanceof Secret ? reveal(value.value) : (value ?? null);
}

export function isMap(value: InputValue | undefined): value is { readonly [key: string]: InputValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Secret);
}
