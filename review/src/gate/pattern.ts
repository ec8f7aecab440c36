/** Whether a string matches a pattern in which `*` matches any characters. Case matters. */
export function matchesPattern(text: string, pattern: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return text === pattern;
  const last = rest.pop() ?? "";
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let middle = text.slice(first.length, text.length - last.length);
  for (const part of rest) {
    const found = middle.indexOf(part);
    if (found === -1) return false;
    middle = middle.slice(found + part.length);
  }
  return true;
}
