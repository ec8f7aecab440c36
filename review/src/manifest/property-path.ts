/** The first step of a property path, as `permissions` of `permissions["list:profile"]`; `*` for any. */
export function pathStart(path: string): string | undefined {
  return /^(?:\["([^"]*)"\]|([^.[]*))/
    .exec(path)
    ?.slice(1)
    .find((name) => name !== undefined);
}
