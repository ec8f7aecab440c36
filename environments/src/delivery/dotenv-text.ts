import { EnvironmentFailure } from "../environment-failure";

/** One assignment in the text of a dotenv file. */
interface Assignment {
  readonly name: string;
  /** Where its line or lines start and end; the line break at the end is not part of it. */
  readonly start: number;
  readonly end: number;
  readonly value: string;
}

// A value in quotes may have several lines, which are no assignments themselves. The same expression as in the package
// dotenv 17, which Node.js's own --env-file agrees with.
const ASSIGNMENT =
  /^[ \t]*(?:export[ \t]+)?([\w.-]+)[ \t]*=[ \t]*('(?:\\'|[^'])*'|"(?:\\"|[^"])*"|`(?:\\`|[^`])*`|[^\r\n#]*)?[^\r\n]*/gm;

/** Reads the variables of a dotenv file; of one that is there twice, the last value, as its readers do. */
export function readVariables(text: string): ReadonlyMap<string, string> {
  return new Map(assignmentsIn(text).map(({ name, value }) => [name, value]));
}

/**
 * Sets variables in the text of a dotenv file. Each other line stays as it is and where it is; a new variable is added at the
 * end.
 *
 * @throws EnvironmentFailure for a value that no quotes can hold.
 */
export function setVariables(text: string, variables: Readonly<Record<string, string>>): string {
  const lineBreak = text.includes("\r\n") ? "\r\n" : "\n";
  let result = text;
  for (const [name, value] of Object.entries(variables)) {
    const line = `${name}=${quotedValue(name, value)}`;
    const own = assignmentsIn(result).filter((each) => each.name === name);
    const last = own.at(-1);
    if (last === undefined) {
      const isEnded = result === "" || result.endsWith("\n");
      result = `${result}${isEnded ? "" : lineBreak}${line}${lineBreak}`;
    } else if (last.value !== value) {
      result = `${result.slice(0, last.start)}${line}${result.slice(last.end)}`;
    }
    // An earlier value of a variable that is there twice would stay behind.
    result = withoutAssignments(result, own.slice(0, -1));
  }
  return result;
}

/** Takes variables out of the text of a dotenv file. */
export function removeVariables(text: string, names: readonly string[]): string {
  return withoutAssignments(
    text,
    assignmentsIn(text).filter(({ name }) => names.includes(name)),
  );
}

function assignmentsIn(text: string): Assignment[] {
  return [...text.matchAll(ASSIGNMENT)].map(({ 0: line, 1: name = "", 2: raw = "", index }) => ({
    name,
    start: index,
    end: index + line.length,
    value: unquoted(raw.trim()),
  }));
}

function withoutAssignments(text: string, assignments: readonly Assignment[]): string {
  return assignments.toReversed().reduce((rest, { start, end }) => {
    const [lineBreak = ""] = /^\r?\n/.exec(rest.slice(end)) ?? [];
    return rest.slice(0, start) + rest.slice(end + lineBreak.length);
  }, text);
}

function unquoted(raw: string): string {
  const [, quote, inner] = /^(['"`])([\s\S]*)\1$/.exec(raw) ?? [];
  if (quote === undefined || inner === undefined) return raw;
  return quote === '"' ? inner.replaceAll("\\n", "\n").replaceAll("\\r", "\r") : inner;
}

/** Quotes a value so that dotenv, Node.js, Docker Compose and a shell all read the same. */
function quotedValue(name: string, value: string): string {
  if (/^[\w.:/@%+,=-]*$/.test(value)) return value;
  // Its readers take \' as a part of the value, so a backslash at the end would go on into the next lines.
  const isPlain = !/[\r\0]|\\$/.test(value);
  if (isPlain && !value.includes("'")) return `'${value}'`;
  // In double quotes, a shell would expand what these characters begin.
  if (isPlain && !/["\\$`\n]/.test(value)) return `"${value}"`;
  throw new EnvironmentFailure(
    `the value of ${name} has characters that no quotes of a dotenv file can hold; deliver it another way`,
  );
}
