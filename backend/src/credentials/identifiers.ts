import { randomBytes } from "node:crypto";

/** What an id belongs to: a client, an actor, a request, a backend, a credential or a delivery. */
export type IdentifierKind = "xpc" | "xpa" | "xpr" | "xpb" | "xpk" | "xpd";

/** Makes an id: the kind and 26 random characters of lower-case base32 (130 bits). */
export function makeIdentifier<Kind extends IdentifierKind>(kind: Kind): `${Kind}_${string}` {
  // 256 is a multiple of 32, so the remainder is evenly spread.
  const characters = Array.from(randomBytes(LENGTH), (byte) => BASE32.charAt(byte % BASE32.length));
  return `${kind}_${characters.join("")}`;
}

const LENGTH = 26;
const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";
