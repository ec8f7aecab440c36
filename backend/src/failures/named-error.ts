/** Checks for an error of the system or of a library with one of these codes. */
export function isNamed(error: unknown, ...codes: readonly string[]): error is Error & { readonly code: string } {
  return error instanceof Error && "code" in error && typeof error.code === "string" && codes.includes(error.code);
}
