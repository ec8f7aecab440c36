const PLACEHOLDER = /^permissions\[(\d+)\]$/;

/**
 * Returns the key of a permission that is not known yet, from its index in the list: `{"permissions[2]": <Output>}`. A diff
 * shows it as it is.
 */
export function placeholderKey(index: number): string {
  return `permissions[${index}]`;
}

/** Returns the index in such a key; undefined for a permission. */
export function placeholderIndex(key: string): string | undefined {
  return PLACEHOLDER.exec(key)?.[1];
}
