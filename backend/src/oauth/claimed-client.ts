import type { ShownCredentials } from "./client-authentication";
import { issuerOf } from "./presented-assertion";
import { decodeBasic } from "./presented-secret";

/** The ID of the client that a request claims to be from, whether it is right or not; null when it claims none. */
export function claimedClient({ authorization, form }: ShownCredentials): string | null {
  const assertion = form.get("assertion") ?? form.get("client_assertion");
  return (
    decodeBasic(authorization ?? "")?.clientId ??
    form.get("client_id") ??
    (assertion === undefined ? null : issuerOf(assertion))
  );
}
