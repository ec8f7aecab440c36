export type Method = (this: unknown, ...args: readonly unknown[]) => unknown;

/** Replaces a method with a wrapper, if it exists. */
export function replaceMethod(target: object, name: string, wrap: (original: Method) => Method): void {
  const original: unknown = Reflect.get(target, name);
  if (typeof original !== "function") return;
  const wrapper = wrap(original as Method);
  // util.promisify reads symbols of the function.
  Object.defineProperties(wrapper, Object.getOwnPropertyDescriptors(original));
  Object.defineProperty(target, name, { value: wrapper, configurable: true, writable: true });
}
