import type { Map as MessageMap } from "google-protobuf";
import type { Struct, Value } from "google-protobuf/google/protobuf/struct_pb";

/** A value that the program cannot know before it is deployed. */
export const UNKNOWN = Symbol("unknown");

/** A value that the program marks as a secret. */
export class Secret {
  readonly value: InputValue;

  constructor(value: InputValue) {
    this.value = value;
  }
}

/** What a program gives to a resource. */
export type InputValue =
  | null
  | boolean
  | number
  | string
  | Secret
  | typeof UNKNOWN
  | readonly InputValue[]
  | { readonly [key: string]: InputValue };

// How the SDK writes what JSON cannot say; runtime/rpc.js of @pulumi/pulumi 3.259.0. They are in every state: they never change.
/** Stands for a value that is not known yet. */
export const UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";

/** Reads the inputs of a resource. */
export function inputsOf(struct: Struct | undefined): Readonly<Record<string, InputValue>> {
  if (struct === undefined) return {};
  // Object.fromEntries makes a property of its own of every key, `__proto__` as well; the struct's own reader does not.
  return Object.fromEntries(messagesIn(struct.getFieldsMap()).map(([key, value]) => [key, inputValueOf(value)]));
}

/** The entries of a map of messages; its own toArray answers the raw texts of the messages. */
export function messagesIn<Message>(map: MessageMap<string, Message>): [string, Message][] {
  const entries: [string, Message][] = [];
  map.forEach((message, key) => {
    entries.push([key, message]);
  });
  return entries;
}

function inputValueOf(value: Value): InputValue {
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
  if (properties[SIGNATURE] !== SECRET_SIGNATURE) return properties;
  return new Secret(properties["value"] ?? null);
}

/** The value behind the mark of a secret, however deep, for what is no secret whatever the program says. */
export function revealed(value: InputValue | undefined): InputValue {
  return value instanceof Secret ? revealed(value.value) : (value ?? null);
}

/** Whether a value is a map of values. */
export function isMap(value: InputValue | undefined): value is { readonly [key: string]: InputValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Secret);
}
