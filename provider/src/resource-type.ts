/**
 * Checks whether a value is a resource of a type, or one that a policy pack describes by its type alone.
 *
 * The SDK sets `__pulumiType` on every resource, so this recognizes those of another copy of this package too.
 */
export function isOfType(value: unknown, type: string): boolean {
  return typeof value === "object" && value !== null && Reflect.get(value, "__pulumiType") === type;
}
