/** Finds the highest version that a secret of a client ever had, also an ended one, without reading all of them. */
export const SECRET_VERSIONS = {
  name: "credentials_versions",
  on: "credentials (client, version) where kind = 'secret'",
} as const;
