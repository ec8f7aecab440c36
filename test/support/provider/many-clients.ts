import { makeIdentifier } from "../../../backend/src/credentials/identifiers";
import type { Database } from "../../../backend/src/database/open";

const TIME = new Date("2026-01-02T03:04:05.678Z");

/** Puts clients with a grant into a project, faster than through the API; answers their IDs in the order of making. */
export async function fillProject({ db }: Database, project: string, count: number): Promise<readonly string[]> {
  const ids = Array.from({ length: count }, () => makeIdentifier("xpc")).sort();
  const made = {
    createdBy: "admin",
    createdTime: TIME,
    updatedBy: "admin",
    updatedTime: TIME,
    managedBy: null,
    revision: 1,
  };
  const unused = { description: null, secretVersion: 0, lastUsedTime: null, deletedTime: null, deletedBy: null };
  for (let from = 0; from < count; from += 500) {
    const part = ids.slice(from, from + 500);
    const clients = part.map((id) => ({ id, project, name: `Client ${id}`, ...unused, ...made }));
    const grants = part.map((client) => ({ client, permissions: ["list:segment"], ...made }));
    await db.insertInto("clients").values(clients).execute();
    await db.insertInto("grants").values(grants).execute();
  }
  return ids;
}
