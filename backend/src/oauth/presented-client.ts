import { ClientId } from "xtremepush-access/schemas";
import type { Form } from "./form";
import { issuerOf, type PresentedAssertion, readPresentedAssertion } from "./presented-assertion";
import { decodeBasic, type PresentedSecret, readPresentedSecret, readSecretBeside } from "./presented-secret";

/** How a request shows who sends it. */
export interface ShownCredentials {
  readonly form: Form;
  readonly authorization: string | undefined;
}

/** The client that a request is from, by a secret, an assertion or both, not yet checked. */
export type PresentedClient = { readonly clientId: string } & (
  | { readonly secret: PresentedSecret; readonly assertion: null }
  | { readonly secret: PresentedSecret | null; readonly assertion: PresentedAssertion }
);

/** Reads how a request shows its client. @throws OAuthError when it does not, or in several ways. */
export function readPresentedClient({ authorization, form }: ShownCredentials): PresentedClient {
  const assertion = readPresentedAssertion(authorization, form);
  if (assertion !== null) {
    return { clientId: assertion.clientId, secret: readSecretBeside(assertion, authorization, form), assertion };
  }
  const secret = readPresentedSecret(authorization, form);
  return { clientId: secret.clientId, secret, assertion };
}

/** The ID that a request claims, for the log, also where the rest of it is wrong; null when it claims none. */
export function claimedClient({ authorization, form }: ShownCredentials): string | null {
  const assertion = form.get("assertion") ?? form.get("client_assertion");
  return (
    decodeBasic(authorization ?? "")?.clientId ??
    form.get("client_id") ??
    (assertion === undefined ? null : issuerOf(assertion))
  );
}

/** The ID to look for. A string that cannot be a client ID is an ID that does not exist: PostgreSQL refuses some strings. */
export function queriedId(clientId: string): string {
  return ClientId.safeParse(clientId).success ? clientId : "none";
}
