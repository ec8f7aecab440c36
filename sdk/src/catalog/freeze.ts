/** Freezes a value and everything in it, for programs without types; the type does not change. */
export function freeze<const Value>(value: Value): Value {
  if (typeof value === "object" && value !== null) {
    for (const part of Object.values(value)) freeze(part);
    Object.freeze(value);
  }
  return value;
}
