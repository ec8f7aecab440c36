/**
 * The first step of a property path, as `permissions` of `permissions["list:profile"]`; `*` for any, and for a path that
 * names none, like `[*]` or an empty one.
 */
export function pathStart(path: string): string {
  const [, quoted, plain] = /^(?:\["([^"]*)"\]|([^.[]+))/.exec(path) ?? [];
  return quoted ?? plain ?? "*";
}
