/** A function of which nothing is known. */
export type Method = (this: unknown, ...args: readonly unknown[]) => unknown;

/** Puts a wrapper in the place of a method, if it is there. */
export function replaceMethod(target: object, name: string, wrap: (original: Method) => Method): void {
  const original: unknown = Reflect.get(target, name);
  if (typeof original !== "function") return;
  const wrapper = wrap(original as Method);
  // util.promisify goes by the symbols of a function.
  Object.defineProperties(wrapper, Object.getOwnPropertyDescriptors(original));
  Object.defineProperty(target, name, { value: wrapper, configurable: true, writable: true });
}
