// States of earlier versions have `?2`.
const PLACEHOLDER = /^(?:permissions\[(\d+)\]|\?(\d+))$/;

/**
 * Returns the key of a permission that is not known yet, from its index in the list: `{"permissions[2]": <Output>}`. A diff
 * shows it as it is.
 */
export function placeholderKey(index: number): string {
  return `permissions[${index}]`;
}

/** Returns the index in such a key; undefined for a permission. */
export function placeholderIndex(key: string): string | undefined {
  const [, index, before] = PLACEHOLDER.exec(key) ?? [];
  return index ?? before;
}
