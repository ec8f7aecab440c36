import { word } from "xtremepush-access/text";
import { inTransaction } from "../database/transaction";
import { ProblemError } from "../failures/problems";
import { insertAudit } from "../store/audit";
import { findIssuer, type IssuerRow, insertIssuer, listTrustedActors, lockIssuer, removeIssuer } from "../store/trust";
import { auditOf, type Change } from "./change";

/** An issuer to register. */
export type NewIssuer = Pick<IssuerRow, "name" | "url" | "audience" | "reusable">;

/** Registers an issuer. @throws ProblemError `name_taken` when one has the name or the URL. */
export function createIssuer(change: Change, wanted: NewIssuer): Promise<IssuerRow> {
  return inTransaction(change.database.db, async (transaction) => {
    const issuer = await insertIssuer(transaction, {
      ...wanted,
      createdBy: change.actor.name,
      createdTime: change.time,
    });
    if (issuer === null) {
      const holder = await findIssuer(transaction, wanted.name);
      throw new ProblemError(
        "name_taken",
        holder === null
          ? `another issuer has the URL ${word(wanted.url)}; list them with GET /v1/issuers`
          : `the issuer ${word(wanted.name)} exists, with the URL ${word(holder.url)}; take another name, or remove it first`,
      );
    }
    const { url, audience, reusable } = issuer;
    const entry = { action: "issuer.create", ...targetOf(issuer), before: null, after: { url, audience, reusable } };
    await insertAudit(transaction, auditOf(change, entry));
    return issuer;
  });
}

/** Removes an issuer. @throws ProblemError `issuer_not_found`, `issuer_in_use` while live actors trust it. */
export function endIssuer(change: Change, name: string): Promise<void> {
  return inTransaction(change.database.db, async (transaction) => {
    const issuer = await lockIssuer(transaction, name);
    if (issuer === null) throw issuerNotFound(name);
    const [actor, ...others] = await listTrustedActors(transaction, { issuer: name, now: change.time });
    if (actor !== undefined) {
      const more = others.length === 0 ? "" : ` and ${others.length} more`;
      throw new ProblemError(
        "issuer_in_use",
        `the actor ${word(actor.name)}${more} would get no token any more: revoke what trusts ${word(name)} first`,
      );
    }
    await removeIssuer(transaction, name, change.time);
    const { url, audience, reusable } = issuer;
    const entry = { action: "issuer.delete", ...targetOf(issuer), before: { url, audience, reusable }, after: null };
    await insertAudit(transaction, auditOf(change, entry));
  });
}

/** The refusal of an issuer that is not registered. */
export function issuerNotFound(name: string): ProblemError {
  return new ProblemError("issuer_not_found", `there is no issuer ${word(name)}; list them with GET /v1/issuers`);
}

function targetOf({ name }: Pick<IssuerRow, "name">) {
  return { targetType: "issuer", targetId: name, targetName: name, project: null, client: null, managedBy: null };
}
