/** Says whether a string fits a pattern in which `*` stands for any text; the case counts. */
export function fits(text: string, pattern: string): boolean {
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
