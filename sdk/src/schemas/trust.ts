import { z } from "zod";
import type { Permission } from "../catalog";
import { freeze } from "../catalog/freeze";
import { isLoopback } from "../text/loopback";
import { ActorFields, withBounds } from "./actor";
import { pageOf, Time } from "./fields";

/** RFC 8693, section 2.1. */
export const TOKEN_EXCHANGE_GRANT = "urn:ietf:params:oauth:grant-type:token-exchange";
/** The types of the token that is exchanged: RFC 8693, section 3. */
export const SUBJECT_TOKEN_TYPES = freeze([
  "urn:ietf:params:oauth:token-type:id_token",
  "urn:ietf:params:oauth:token-type:jwt",
]);
/** The type of the token that is given: RFC 8693, section 3. */
export const ACCESS_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:access_token";

/** The maximum life of a token that an exchange gives, in seconds. */
const LIFETIME_MAX_S = 900;
const LIFETIME_MIN_S = 60;
const CLAIMS_MAX = 20;
const TEXT_MAX = 255;

/** The claims that name a repository or a project by a number, which a rename does not change. */
export const LASTING_CLAIMS = freeze(["repository_id", "project_id"]);

/** Claims that are other ones in each token, or whose text has changed its form. */
const UNFIT_CLAIMS: ReadonlySet<string> = new Set([
  ...["sub", "iss", "aud", "exp", "nbf", "iat", "jti", "sha"],
  ...["run_id", "run_number", "run_attempt", "check_run_id", "job_id", "pipeline_id"],
]);

/** Audiences that tokens for other services have. */
const SHARED_AUDIENCES =
  /^(sts\.amazonaws\.com|sigstore|pypi|npm:.*|api:\/\/azureadtokenexchange|https:\/\/(github|gitlab)\.com(\/.*)?)$/i;

/** The name of an issuer. */
export const IssuerName = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/,
    "the name of an issuer is 1 to 32 lower-case letters, digits and inner hyphens",
  );

/** Who signs the ID tokens of pipelines. */
export const Issuer = z.looseObject({
  name: z.string(),
  /** The `iss` of its tokens; its keys are found below it. */
  url: z.string(),
  /** The only `aud` that its tokens may have. */
  audience: z.string(),
  /** Whether an ID token may be exchanged more than once until it ends. */
  reusable: z.boolean(),
  createdBy: z.string(),
  createdTime: Time,
});
export type Issuer = z.output<typeof Issuer>;

/** The request that registers an issuer. */
export const IssuerCreate = z.strictObject({
  name: IssuerName,
  url: z
    .string()
    .max(TEXT_MAX)
    .refine(isIssuerUrl, "must be https: (http: only for this machine), without a query, a fragment and credentials"),
  audience: z
    .string()
    .max(TEXT_MAX)
    .regex(/^[\x21-\x7e]+$/, "must be one word of printable ASCII")
    .refine((audience) => !SHARED_AUDIENCES.test(audience), {
      message:
        "is that of another service, whose tokens would count here: take one that only this backend has, such as its address",
    }),
  reusable: z.boolean().default(false),
});
export type IssuerCreate = z.input<typeof IssuerCreate>;

/** All issuers, on one page. */
export const IssuerPage = pageOf(Issuer);

const Claims = z
  .record(
    z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, "the name of a claim is lower-case letters, digits and _"),
    z
      .string()
      .min(1, "a claim must have a value")
      .max(TEXT_MAX)
      .regex(/^[\x20-\x7e]+$/, "the value of a claim is printable ASCII")
      .refine((value) => !value.includes("*"), "a claim is compared exactly, so its value must not contain *"),
  )
  .refine((claims) => Object.keys(claims).length <= CLAIMS_MAX, `a rule has at most ${CLAIMS_MAX} claims`)
  .superRefine((claims, context) => {
    for (const name of Object.keys(claims).filter((claim) => UNFIT_CLAIMS.has(claim))) {
      const why =
        name === "sub"
          ? "its form differs between repositories; use repository_id, environment or ref"
          : "it says nothing about who asks, or differs in each token";
      context.addIssue({ code: "custom", path: [name], message: `no rule compares ${name}: ${why}` });
    }
    if (LASTING_CLAIMS.some((name) => /^\d+$/.test(claims[name] ?? ""))) return;
    const message = `must have ${LASTING_CLAIMS.join(" or ")}, a number: a name can come to belong to somebody else`;
    context.addIssue({ code: "custom", message });
  })
  .meta({ maxProperties: CLAIMS_MAX });

/** The request that creates an actor without a token of its own: it gets one for an ID token that has the claims. */
export const TrustedActorCreate = withBounds(
  ActorFields.extend({
    trust: z.strictObject({
      issuer: IssuerName,
      claims: Claims,
      lifetimeSeconds: z.number().int().min(LIFETIME_MIN_S).max(LIFETIME_MAX_S).default(LIFETIME_MAX_S),
    }),
  }),
);
/** The type limits the ceiling to the catalog; the schema names the nearest permission for any other string. */
export type TrustedActorCreate = Omit<z.input<typeof TrustedActorCreate>, "ceiling"> & {
  readonly ceiling?: readonly Permission[] | undefined;
};

/** RFC 8693, section 2.2.1: an actor's token. `expires_in` is in seconds. */
export const ExchangeAnswer = z.looseObject({
  access_token: z.string(),
  issued_token_type: z.string(),
  token_type: z.string(),
  expires_in: z.number().int(),
});
export type ExchangeAnswer = z.output<typeof ExchangeAnswer>;

function isIssuerUrl(text: string): boolean {
  if (!URL.canParse(text) || /[?#]/.test(text)) return false;
  const { protocol, username, password, hostname } = new URL(text);
  if (username !== "" || password !== "") return false;
  return protocol === "https:" || (protocol === "http:" && isLoopback(hostname));
}
