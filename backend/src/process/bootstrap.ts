import type { Kysely, Transaction } from "kysely";
import { quoted } from "xtremepush-access/text";
import { makeIdentifier } from "../credentials/identifiers";
import { hashSecret, isWellFormed, makeSecret } from "../credentials/secrets";
import type { Schema } from "../database/schema";
import { inTransaction, lockFor } from "../database/transaction";
import { StartFailure } from "../failures/start-failure";
import { findActorByName, findActorByToken, insertActor } from "../store/actors";
import { hasAdmin } from "../store/admins";
import { insertAudit } from "../store/audit";
import { readAdminToken, writeAdminToken } from "./admin-token-file";
import { VARIABLES } from "./settings";

export interface BootstrapOptions {
  /** The token that the operator set; null when none. */
  readonly adminToken: string | null;
  /** The folder of an embedded backend; null on a PostgreSQL server. */
  readonly dataDir: string | null;
  readonly now: Date;
}

/** What became of the first admin; `ignored` is a token that was set while another admin is there. */
export type Bootstrap = "created" | "present" | "ignored";

/** Makes the first admin when there is none; of several replicas at once, one does it. */
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

/** Makes one more admin beside the running backend, for when the last token is lost; answers its token. */
export async function recoverAdmin(db: Kysely<Schema>, name: string, now: Date): Promise<string> {
  const token = makeSecret("xpat");
  await inTransaction(db, async (transaction) => {
    if ((await findActorByName(transaction, name)) !== null) {
      throw new StartFailure(
        `There is an actor named ${quoted(name)}, and names are not given twice: choose another with --name.`,
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

// The file comes before the database: killed between the two, the next start finds the token and makes it the admin's.
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
