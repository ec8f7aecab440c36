import { CompactEncrypt, compactDecrypt, errors } from "jose";
import { StartFailure } from "../failures/start-failure";

const KEY = "XTREMEPUSH_ACCESS_KEY";

/** The form in which a private JWK is stored: encrypted under the key, or as it is when there is none. */
export async function seal(privateJwk: string, key: Uint8Array | null): Promise<string> {
  if (key === null) return privateJwk;
  return new CompactEncrypt(new TextEncoder().encode(privateJwk))
    .setProtectedHeader({ alg: "dir", enc: "A256GCM" })
    .encrypt(key);
}

/**
 * Decrypts a private JWK.
 * @throws StartFailure when the key is missing or another one.
 */
export async function unseal(stored: string, key: Uint8Array | null): Promise<string> {
  if (key === null) throw new StartFailure(`The signing keys in the database are encrypted: set ${KEY} to their key.`);
  try {
    const { plaintext } = await compactDecrypt(stored, key, {
      keyManagementAlgorithms: ["dir"],
      contentEncryptionAlgorithms: ["A256GCM"],
    });
    return new TextDecoder().decode(plaintext);
  } catch (error) {
    if (!(error instanceof errors.JWEDecryptionFailed)) throw error;
    throw new StartFailure(
      `The signing keys in the database are encrypted with another ${KEY}: set the one they were made with.`,
    );
  }
}
