import { createHash } from "node:crypto";

/**
 * Replaces a configuration value that only the stack's passphrase or cloud can decrypt. Any string that contains it is
 * unknown.
 */
export const SECRET_PLACEHOLDER = "[encrypted configuration 5d8f2c60e1b94a7c]";

/**
 * Replaces the client ID of a client that a program declares. It is the same for the same URN, so it can be found wherever
 * the program puts it. An unknown client ID would hide what the program does with it.
 */
export function clientPlaceholder(urn: string): string {
  const bytes = createHash("sha256").update(`client ID of ${urn}`).digest();
  const characters = Array.from(bytes.subarray(0, LENGTH), (byte) => BASE32.charAt(byte % BASE32.length));
  return `xpc_${characters.join("")}`;
}

// The format of a client ID, which programs may check.
const LENGTH = 26;
const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";
