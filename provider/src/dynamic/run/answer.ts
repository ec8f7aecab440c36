import { isProperties, type Properties } from "./wire";

/**
 * Returns the values without `undefined`, at every depth. The provider's process cannot send it: it fails with
 * `Unexpected struct type` and a stack trace. In a list, null takes its place, so that the other elements keep their index.
 *
 * Source: `Struct.fromJavaScript` of `google-protobuf`.
 */
export function sendable(properties: Properties): Properties {
  const entries = Object.entries(properties).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([key, value]) => [key, sendableValue(value)]));
}

function sendableValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => sendableValue(item ?? null));
  return isProperties(value) ? sendable(value) : value;
}
