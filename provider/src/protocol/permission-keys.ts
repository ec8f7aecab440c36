const PLACEHOLDER = /^\?(\d+)$/;

/** Returns the key of a permission that is not known yet, from its index in the list: `{"?2": <Output>}`. */
export function placeholderKey(index: number): string {
  return `?${index}`;
}

/** Returns the index in such a key; undefined for a permission. */
export function placeholderIndex(key: string): string | undefined {
  return PLACEHOLDER.exec(key)?.[1];
}
