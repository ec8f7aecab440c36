import { Kysely, PostgresDialect } from "kysely";
import { Migrator } from "kysely/migration";
import { Client } from "pg";
import { up } from "../../../backend/src/database/migrations/0001-tables";
import { openPool } from "../../../backend/src/database/server-pool";

/** A replica of the first version: its tables, and the statements that it writes with. */
export interface VersionBefore {
  /** Writes a client of the project `web` with its secret, its audit row and an actor. */
  write(client: string): Promise<void>;
  close(): Promise<void>;
}

/** Makes the tables of the first version in an empty database. */
export async function openVersionBefore(url: string): Promise<VersionBefore> {
  const db = new Kysely<unknown>({
    dialect: new PostgresDialect({ pool: openPool({ connectionString: url, max: 1 }) }),
  });
  const provider = { getMigrations: async () => ({ "0001-tables": { up } }) };
  const { error } = await new Migrator({ db, provider }).migrateToLatest();
  await db.destroy();
  if (error !== undefined) throw error;
  const connection = new Client({ connectionString: url });
  await connection.connect();
  await connection.query("insert into projects values ('web', 'Web', 'ana', now())");
  return { write: (client) => write(connection, client), close: () => connection.end() };
}

async function write(connection: Client, client: string): Promise<void> {
  await connection.query(
    `insert into clients (id, project, name, secret_version, revision, created_by, created_time, updated_by, updated_time)
      values ($1, 'web', $1, 1, 1, 'ana', now(), 'ana', now())`,
    [client],
  );
  await connection.query(
    `insert into credentials (id, client, kind, version, secret_hash, created_by, created_time)
      values ($1, $2, 'secret', 1, sha256(convert_to($2, 'UTF8')), 'xpa_ana', now())`,
    [`xpk_of_${client}`, client],
  );
  await connection.query(
    `insert into audit (time, actor_id, actor_name, action, target_type, target_id, client, request_id)
      values (now(), 'xpa_ana', 'ana', 'client.create', 'client', $1, $1, 'xpr_1')`,
    [client],
  );
  await connection.query(
    `insert into actors (id, name, role, projects, token_hash, created_by, created_time)
      values ($1, $2, 'editor', '{web}', sha256(convert_to($2, 'UTF8')), 'ana', now())`,
    [`xpa_of_${client}`, `ci of ${client}`],
  );
}
