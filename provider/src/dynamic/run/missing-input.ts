/** The inputs that every program declares, and what it declares there. */
const REQUIRED = {
  name: "the name of the client",
  client: "an ApiClient or a client ID",
  permissions: "a list of permissions, [] for none",
} as const;

/** Explains a required input without a value. */
export function missingInput(input: keyof typeof REQUIRED): string {
  return `${missingValue(input)}, and declare ${REQUIRED[input]}`;
}

/**
 * Explains a value that the program did not pass. Most often it is a misspelt key in an untyped program or behind a `!`, or
 * an output that the other stack of a StackReference does not have.
 */
export function missingValue(what: string): string {
  return `${what} has no value (undefined in the program): check the spelling of the key or StackReference output that it comes from`;
}

/** Whether the program passed nothing. */
export function isMissing(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}
