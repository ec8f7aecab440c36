import { PublicKeyError, readPublicKey } from "xtremepush-access/keys";
import { KeyLabel } from "xtremepush-access/schemas";
import type { Unknown } from "../model/manifest";

/** Public keys in PEM by label, each known or with the reason why it is unknown. */
export type GivenKeys = readonly (readonly [label: string, pem: string | Unknown])[];

/** The fingerprints of public keys by label; unknown as a whole when one of them is unknown. */
export function fingerprintsOf(keys: GivenKeys | Unknown): Record<string, string> | Unknown {
  if ("unknown" in keys) return keys;
  const entries: [string, string][] = [];
  for (const [label, pem] of keys.toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    // The label is not shown: it may be a private key in the wrong place.
    if (!KeyLabel.safeParse(label).success) return { unknown: "a key has an invalid label" };
    const fingerprint = typeof pem === "string" ? fingerprintOf(pem, label) : pem;
    if (typeof fingerprint !== "string") return fingerprint;
    entries.push([label, fingerprint]);
  }
  return Object.fromEntries(entries);
}

function fingerprintOf(pem: string, label: string): string | Unknown {
  try {
    return readPublicKey(pem).fingerprint;
  } catch (error) {
    if (error instanceof PublicKeyError) return { unknown: `the key ${label} cannot be read: ${error.message}` };
    throw error;
  }
}
