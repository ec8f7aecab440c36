import type { Kysely, Transaction } from "kysely";
import { quoted } from "xtremepush-access/text";
import { makeIdentifier } from "../credentials/identifiers";
import { hashSecret, isWellFormed, makeSecret } from "../credentials/secrets";
import type { Schema } from "../database/schema";
import { inTransaction, lockFor } from "../database/transaction";
import { StartFailure } from "../failures/start-failure";
import { findActorByToken, findNameHolder, insertActor } from "../store/actors";
import { hasAdmin } from "../store/admins";
import { insertAudit } from "../store/audit";
import { readAdminToken, writeAdminToken } from "./admin-token-file";
import { VARIABLES } from "./settings";

export interface BootstrapOptions {
  /** The token that the operator set; null without one. */
  readonly adminToken: string | null;
  /** The folder of an embedded backend; null on a PostgreSQL server. */
  readonly dataDir: string | null;
  readonly now: Date;
}

/** What a start did about the first admin; `ignored` means that a token was set although another admin exists. */
export type Bootstrap = "created" | "present" | "ignored";

/** Creates the first admin when there is none; of several concurrent replicas, one does it. */
export async function bootstrap(db: Kysely<Schema>, options: BootstrapOptions): Promise<Bootstrap> {
  const { adminToken, now } = options;
  assertFormat(adminToken);
  return inTransaction(db, async (transaction) => {
    await lockFor(transaction, "bootstrap");
    if (await hasAdmin(transaction)) return isAdminToken(transaction, adminToken, now);
    const token = adminToken ?? obtainFirstToken(options.dataDir);
    await makeAdmin(transaction, { name: "admin", token, action: "admin.bootstrap", now });
    return "created";
  });
}

/** Creates one more admin after the last token was lost, also while the backend runs; returns its token. */
export async function recoverAdmin(db: Kysely<Schema>, name: string, now: Date): Promise<string> {
  const token = makeSecret("xpat");
  await inTransaction(db, async (transaction) => {
    if ((await findNameHolder(transaction, name)) !== null) {
      throw new StartFailure(
        `There is an actor named ${quoted(name)}, and a name is never used twice: choose another with --name.`,
      );
    }
    await makeAdmin(transaction, { name, token, action: "admin.recover", now });
  });
  return token;
}

function assertFormat(adminToken: string | null): void {
  if (adminToken === null || isWellFormed("xpat", adminToken)) return;
  throw new StartFailure(
    `${VARIABLES.adminToken} is not a token of this backend: make one with \`xtremepush-access-backend token generate\`.`,
    2,
  );
}

async function isAdminToken(db: Transaction<Schema>, token: string | null, now: Date): Promise<Bootstrap> {
  if (token === null) return "present";
  const actor = await findActorByToken(db, hashSecret(token));
  const live = actor !== null && actor.revokedTime === null && (actor.expiresTime === null || actor.expiresTime > now);
  return live && actor.role === "admin" ? "present" : "ignored";
}

// The file comes before the database: after a kill between the two, the next start gives the admin this token.
function obtainFirstToken(dataDir: string | null): string {
  if (dataDir === null) {
    throw new StartFailure(
      `The database has no admin yet: set ${VARIABLES.adminToken} to a token made by \`xtremepush-access-backend token generate\`.`,
      2,
    );
  }
  const written = readAdminToken(dataDir);
  if (written !== null) return written;
  const token = makeSecret("xpat");
  writeAdminToken(dataDir, token);
  return token;
}

interface NewAdmin {
  readonly name: string;
  readonly token: string;
  readonly action: string;
  readonly now: Date;
}

async function makeAdmin(transaction: Transaction<Schema>, { name, token, action, now }: NewAdmin): Promise<void> {
  const admin = await insertActor(transaction, {
    id: makeIdentifier("xpa"),
    name,
    role: "admin",
    projects: null,
    tokenHash: hashSecret(token),
    createdBy: name,
    createdTime: now,
    expiresTime: null,
    revokedTime: null,
  });
  await insertAudit(transaction, {
    time: now,
    actorId: admin.id,
    actorName: name,
    action,
    targetType: "actor",
    targetId: admin.id,
    targetName: name,
    project: null,
    client: null,
    managedBy: null,
    before: null,
    after: { name, role: "admin", projects: null, expiresTime: null },
    requestId: makeIdentifier("xpr"),
  });
}
