import type { JWTPayload } from "jose";
import { ACCESS_TOKEN_TYPE, type ExchangeAnswer, LASTING_CLAIMS, SUBJECT_TOKEN_TYPES } from "xtremepush-access/schemas";
import { visible } from "xtremepush-access/text";
import { auditOf } from "../changes/change";
import { hashSecret, makeSecret } from "../credentials/secrets";
import { inTransaction } from "../database/transaction";
import { insertAudit } from "../store/audit";
import {
  type IssuerRow,
  insertActorToken,
  insertExchangedToken,
  listTrustedActors,
  type TrustedActor,
} from "../store/trust";
import type { Form } from "./form";
import { verifyIdToken } from "./id-token";
import { OAuthError } from "./oauth-error";
import type { OAuthServices } from "./oauth-services";

/** How many actors a refusal tells about. */
const TOLD_MAX = 5;
const TEXT_MAX = 255;

/** The claims that the audit trail keeps: who ran what, for which change. */
const AUDITED_CLAIMS = [
  ...["sub", "jti", "repository", "repository_id", "repository_owner_id", "ref", "sha", "environment", "event_name"],
  ...["job_workflow_ref", "run_id", "run_attempt", "actor", "project_path", "project_id", "namespace_id"],
  ...["ref_type", "ref_protected", "ci_config_ref_uri", "pipeline_id", "pipeline_source", "job_id", "user_login"],
] as const;

/** A token request with an ID token. */
export interface ExchangeRequest {
  readonly form: Form;
  readonly requestId: string;
}

/**
 * Gives an actor's token for an ID token: RFC 8693. Of several actors that trust it, the one with the most claims gets in.
 *
 * @throws OAuthError `invalid_grant` when no actor trusts it. What it says about actors is about those alone that trust the
 * repository or the project of the token.
 */
export async function answerExchange(
  services: OAuthServices,
  { form, requestId }: ExchangeRequest,
): Promise<ExchangeAnswer> {
  const token = subjectToken(form, services.issuer);
  const { issuer, claims, endTime } = await verifyIdToken(services, token);
  const now = services.clock();
  const actors = await listTrustedActors(services.database.db, { issuer: issuer.name, now });
  const actor = actors.find((each) => differenceOf(each, claims) === null);
  if (actor === undefined) throw untrusted(issuer, claims, actors);
  const lasts = now.getTime() + actor.lifetimeSeconds * 1_000;
  const expiresTime = new Date(Math.min(lasts, actor.expiresTime?.getTime() ?? lasts));
  const made = makeSecret("xpat");
  await inTransaction(services.database.db, async (transaction) => {
    const used = { tokenHash: hashSecret(signedPart(token)), expiresTime: endTime };
    if (!issuer.reusable && !(await insertExchangedToken(transaction, used))) {
      throw new OAuthError("invalid_grant", "the ID token was exchanged before: ask for another one each time");
    }
    await insertActorToken(transaction, {
      tokenHash: hashSecret(made),
      actor: actor.id,
      createdTime: now,
      expiresTime,
    });
    const change = { database: services.database, actor, requestId, time: now };
    await insertAudit(
      transaction,
      auditOf(change, {
        ...{ action: "actor.exchange", targetType: "actor", targetId: actor.id, targetName: actor.name },
        ...{ project: null, client: null, managedBy: null, before: null },
        after: { issuer: issuer.name, claims: auditedClaims(claims), expiresTime: expiresTime.toISOString() },
      }),
    );
  });
  return {
    access_token: made,
    issued_token_type: ACCESS_TOKEN_TYPE,
    token_type: "Bearer",
    expires_in: Math.floor((expiresTime.getTime() - now.getTime()) / 1_000),
  };
}

/** What a JWT is without its signature, of which several forms are valid. */
function signedPart(token: string): string {
  return token.slice(0, token.lastIndexOf("."));
}

function subjectToken(form: Form, issuer: string): string {
  const token = form.get("subject_token");
  const type = form.get("subject_token_type");
  if (token === undefined) throw new OAuthError("invalid_request", "subject_token is missing");
  if (!SUBJECT_TOKEN_TYPES.some((each) => each === type)) {
    throw new OAuthError("invalid_request", `subject_token_type must be ${SUBJECT_TOKEN_TYPES.join(" or ")}`);
  }
  if (form.has("actor_token")) throw new OAuthError("invalid_request", "actor_token is not supported");
  if (form.has("scope")) throw new OAuthError("invalid_scope", "an actor's token has no scope: leave scope out");
  if (![undefined, ACCESS_TOKEN_TYPE].includes(form.get("requested_token_type"))) {
    throw new OAuthError("invalid_request", `requested_token_type must be ${ACCESS_TOKEN_TYPE}, or left out`);
  }
  for (const name of ["resource", "audience"]) {
    if (![undefined, issuer].includes(form.get(name))) {
      throw new OAuthError("invalid_target", `an actor's token is for ${issuer}: send that as ${name}, or none`);
    }
  }
  return token;
}

interface Difference {
  readonly claim: string;
  readonly expected: string;
  readonly actual: string | null;
}

/** The first claim that differs from what an actor trusts; null when it trusts the token. */
function differenceOf({ claims: expected }: TrustedActor, claims: JWTPayload): Difference | null {
  const lasting: readonly string[] = LASTING_CLAIMS;
  const names = Object.keys(expected).sort((one, other) => lasting.indexOf(other) - lasting.indexOf(one));
  for (const claim of names) {
    const actual = textOf(claims[claim]);
    const wanted = expected[claim] ?? "";
    if (actual !== wanted) return { claim, expected: wanted, actual };
  }
  // Its workflow runs with the rights of the target, and often on the code of the fork.
  if (claims["event_name"] === "pull_request_target" && expected["event_name"] === undefined) {
    return {
      claim: "event_name",
      expected: "another event, unless the actor trusts it by name",
      actual: "pull_request_target",
    };
  }
  return null;
}

/** Only single values are compared. */
function textOf(value: unknown): string | null {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : null;
}

function untrusted(issuer: IssuerRow, claims: JWTPayload, actors: readonly TrustedActor[]): OAuthError {
  const own = actors.flatMap((actor) => {
    const difference = differenceOf(actor, claims);
    const isOwn = difference !== null && !LASTING_CLAIMS.some((claim) => claim === difference.claim);
    return isOwn ? [{ actor, ...difference }] : [];
  });
  if (own.length === 0) {
    const who = LASTING_CLAIMS.flatMap((claim) => {
      const value = textOf(claims[claim]);
      return value === null ? [] : [`${claim} ${visible(value, TEXT_MAX)}`];
    });
    const whose = who.length === 0 ? `without ${LASTING_CLAIMS.join(" or ")}` : `of ${who.join(", ")}`;
    return new OAuthError("invalid_grant", `no actor trusts an ID token ${whose} from ${issuer.name}`);
  }
  const told = own.slice(0, TOLD_MAX).map(({ actor, claim, expected, actual }) => {
    const has = actual === null ? "is missing" : `is ${visible(actual, TEXT_MAX)}`;
    return `for ${visible(actor.name)}, ${claim} must be ${visible(expected, TEXT_MAX)} and ${has}`;
  });
  const more = own.length > TOLD_MAX ? `; and ${own.length - TOLD_MAX} more actors` : "";
  return new OAuthError("invalid_grant", `no actor trusts this ID token: ${told.join("; ")}${more}`);
}

function auditedClaims(claims: JWTPayload): Record<string, string> {
  const texts = AUDITED_CLAIMS.map((name) => [name, textOf(claims[name])] as const);
  return Object.fromEntries(texts.flatMap(([name, text]) => (text === null ? [] : [[name, visible(text, TEXT_MAX)]])));
}
