/**
 * Encrypts a value so that only the owner of the key reads it, as a sealed box of libsodium.
 *
 * Source: https://docs.github.com/rest/guides/encrypting-secrets-for-the-rest-api
 *
 * @param key The public key, in base64.
 * @returns The box, in base64.
 */
export async function seal(value: string, key: string): Promise<string> {
  // It is 1.9 MB of WebAssembly, which only a delivery to GitHub needs.
  const { default: sodium } = await import("libsodium-wrappers");
  await sodium.ready;
  const box = sodium.crypto_box_seal(Buffer.from(value, "utf8"), Buffer.from(key, "base64"));
  return Buffer.from(box).toString("base64");
}
