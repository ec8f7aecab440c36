import type { Change } from "../../../backend/src/changes/change";
import type { NewClient } from "../../../backend/src/changes/client-fields";
import { createClient, type MadeClient } from "../../../backend/src/changes/clients";
import { createProject } from "../../../backend/src/changes/projects";
import { makeIdentifier } from "../../../backend/src/credentials/identifiers";
import type { Database } from "../../../backend/src/database/open";
import { type Engine, openTestDatabase } from "./backend";

/** A database with the project `web`, for tests of what happens below the routes. */
export interface ChangeBench {
  readonly database: Database;
  /** A change of an actor, by default `ana`, at a time, by default noon of 1 May 2030; bound to no owners by default. */
  by(actor?: string, time?: string, ownerPrefix?: string): Change;
  /** Makes a client of the project `web`, by default `CRM` without an owner and with a secret. */
  make(client?: Partial<NewClient>, change?: Change): Promise<MadeClient>;
}

export async function openChangeBench(engine: Engine): Promise<ChangeBench> {
  const database = await openTestDatabase(engine);
  const by: ChangeBench["by"] = (name = "ana", time = "2030-05-01T12:00:00.000Z", ownerPrefix = undefined) => ({
    database,
    actor: { id: `xpa_${name}`, name, ownerPrefix: ownerPrefix ?? null, ceiling: null, expiresTime: null },
    requestId: makeIdentifier("xpr"),
    time: new Date(time),
  });
  const usual = { project: "web", name: "CRM", secretVersion: 1 };
  await createProject(by(), { slug: "web", name: "Web" });
  return { database, by, make: (client, change = by()) => createClient(change, { ...usual, ...client }) };
}

/** Empties every table but the one that keeps the backend's identity, and makes the project `web` again. */
export async function emptyTables({ database, by }: ChangeBench): Promise<void> {
  const { db } = database;
  await db.deleteFrom("credentials").execute();
  await db.deleteFrom("grants").execute();
  await db.deleteFrom("clients").execute();
  await db.deleteFrom("actors").execute();
  // The database keeps the names of those.
  await db.deleteFrom("pastActors").execute();
  await db.deleteFrom("environments").execute();
  await db.deleteFrom("projects").execute();
  await createProject(by(), { slug: "web", name: "Web" });
}

/** What is recorded of a client, oldest first. */
export async function recordOf(database: Database, client: string) {
  return database.db
    .selectFrom("audit")
    .select(["action", "actorName", "targetType", "targetId", "targetName", "managedBy", "revision", "before", "after"])
    .where("client", "=", client)
    .orderBy("id")
    .execute();
}
