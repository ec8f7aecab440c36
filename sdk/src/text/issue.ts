/** What the words of zod call a kind of value, and what a person who writes YAML calls it. */
const KINDS: Readonly<Record<string, string>> = {
  object: "a map of keys and values",
  record: "a map of keys and values",
  array: "a list",
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
};

/** What YAML reads as something else, unless it is in quotes. */
const UNQUOTED: readonly string[] = ["number", "int", "boolean"];

/**
 * Says what is wrong with a value in a file, for a person who has not read the schema: `must be a list, not text`.
 *
 * @param message of an issue of zod; any other message stays as it is
 */
export function plainIssue(message: string): string {
  const [, expected, received] = /^Invalid input: expected (\w+), received (\w+)$/.exec(message) ?? [];
  if (expected !== undefined && received !== undefined) return wrongKind(expected, received);
  const [, options] = /^Invalid option: expected one of (".+")$/s.exec(message) ?? [];
  if (options !== undefined) return `must be one of ${options.replaceAll('"|"', '", "')}`;
  const [, value] = /^Invalid input: expected (.+)$/s.exec(message) ?? [];
  return value === undefined ? message : `must be ${value}`;
}

function wrongKind(expected: string, received: string): string {
  const kind = KINDS[expected] ?? expected;
  if (received === "undefined") return `is missing; it must be ${kind}`;
  if (received === "null") return `is empty; it must be ${kind}`;
  const advice = expected === "string" && UNQUOTED.includes(received) ? "; put it in quotes" : "";
  return `must be ${kind}, not ${KINDS[received] ?? received}${advice}`;
}
