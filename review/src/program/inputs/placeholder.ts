import { createHash } from "node:crypto";

/**
 * Stands in the configuration for a value that only the stack's passphrase or cloud can decrypt. Whatever holds this
 * text is not known.
 */
export const SECRET_PLACEHOLDER = "[encrypted configuration 5d8f2c60e1b94a7c]";

/**
 * Stands for the client ID of a client that a program declares: the same for the same URN, and found again wherever the
 * program puts it. A client ID that were not known would hide what the program makes of it.
 */
export function clientPlaceholder(urn: string): string {
  const bytes = createHash("sha256").update(`client ID of ${urn}`).digest();
  const characters = Array.from(bytes.subarray(0, LENGTH), (byte) => BASE32.charAt(byte % BASE32.length));
  return `xpc_${characters.join("")}`;
}

// The form of a client ID, which programs may check.
const LENGTH = 26;
const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";
