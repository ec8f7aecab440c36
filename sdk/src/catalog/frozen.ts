/** Freezes a value and all that it holds, for programs without types; the type stays as it is. */
export function frozen<const Value>(value: Value): Value {
  if (typeof value === "object" && value !== null) {
    for (const part of Object.values(value)) frozen(part);
    Object.freeze(value);
  }
  return value;
}
