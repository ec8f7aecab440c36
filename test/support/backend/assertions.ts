import { randomUUID, sign } from "node:crypto";
import { readPublicKey } from "xtremepush-access/keys";
import { type PresentedAssertion, readPresentedAssertion } from "../../../backend/src/oauth/presented-assertion";
import type { ClientPublicKey } from "../../../backend/src/store/client-credentials";

export const ISSUER = "https://access.example.com";

/** The claims of an assertion that is in order. */
export function claimsAt(now: Date, clientId: string, aud = ISSUER): Record<string, unknown> {
  const iat = Math.floor(now.getTime() / 1_000);
  return { iss: clientId, sub: clientId, aud, iat, exp: iat + 60, jti: randomUUID() };
}

/** Signs a JWT with the hash of its `alg`, also where no library would; RS… and ES… only. A text is JSON as it is. */
export function signJwt(header: Header, claims: object | string, privateKey: string): string {
  const signed = `${encoded(header)}.${encoded(claims)}`;
  const key = { key: privateKey, dsaEncoding: "ieee-p1363" } as const;
  return `${signed}.${sign(`sha${header.alg.slice(2)}`, Buffer.from(signed), key).toString("base64url")}`;
}

/** The first two parts of a JWT and an empty third. */
export function unsignedJwt(header: object, claims: object): string {
  return `${encoded(header)}.${encoded(claims)}.`;
}

/** An assertion as the token endpoint reads it from a request of the jwt-bearer grant. */
export function presented(assertion: string): PresentedAssertion {
  const grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
  const read = readPresentedAssertion(
    undefined,
    new Map([
      ["grant_type", grant],
      ["assertion", assertion],
    ]),
  );
  if (read === null) throw new Error("the form holds an assertion");
  return read;
}

/** A key of a client as the token endpoint reads it from the database. */
export function clientKey(label: string, pem: string): ClientPublicKey {
  const { algorithms, fingerprint, notBefore, expiresTime } = readPublicKey(pem);
  const [from, until] = [notBefore, expiresTime].map((time) => (time === null ? null : new Date(time)));
  return {
    id: `xpk_${label}`,
    label,
    pem,
    algorithms,
    fingerprint,
    notBefore: from ?? null,
    notAfter: until ?? null,
    firstUsedTime: null,
  };
}

type Header = Readonly<Record<string, unknown>> & { readonly alg: string };

function encoded(value: object | string): string {
  return Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
}
