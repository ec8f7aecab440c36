/** Finds the next certificate that ends, of those that were made for long, without reading all credentials. */
export const CERTIFICATE_END = {
  name: "credentials_certificate_end",
  on: "credentials (not_after) where revoked_time is null and not_after - not_before > interval '14 days'",
} as const;
