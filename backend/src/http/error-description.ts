// The characters that RFC 6749, section 5.2, and RFC 6750, section 3, let it have; quotes and backslashes are not among them.
const OUTSIDE_CHARSET = /[^\x20-\x21\x23-\x5b\x5d-\x7e]/g;

/** Writes a message as an `error_description`; what it may not contain becomes `?`. */
export function errorDescription(message: string): string {
  return message.replace(OUTSIDE_CHARSET, "?");
}
