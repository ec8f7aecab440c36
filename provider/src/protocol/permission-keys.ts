const PLACEHOLDER = /^\?(\d+)$/;

/** The key of a permission that is not known yet, by its place in the list: `{"?2": <Output>}`. */
export function placeholderKey(index: number): string {
  return `?${index}`;
}

/** The place that such a key names; undefined for a permission. */
export function placeholderIndex(key: string): string | undefined {
  return PLACEHOLDER.exec(key)?.[1];
}
