import { sql } from "kysely";
import type { Connection } from "../database/transaction";

/** What the token endpoint must know of a client, read by one query. */
export interface TokenClient {
  readonly id: string;
  readonly project: string;
  readonly permissions: readonly string[];
  readonly secrets: readonly ClientSecret[];
}

export interface ClientSecret {
  readonly id: string;
  readonly hash: Uint8Array;
  readonly firstUsedTime: Date | null;
}

/** One use of a secret. */
export interface SecretUse {
  readonly secret: string;
  readonly client: string;
  readonly time: Date;
}

/**
 * The client with its live secrets; null when it is unknown or deleted. Every table is asked for the ID itself, and
 * there always is a row, so that an unknown client costs the database what a known one costs.
 */
export async function findTokenClient(connection: Connection, client: string, now: Date): Promise<TokenClient | null> {
  const rows = await connection
    .selectFrom(sql<{ id: string }>`(select ${client}::text as id)`.as("asked"))
    .leftJoin("clients", (join) => join.onRef("clients.id", "=", "asked.id").on("clients.deletedTime", "is", null))
    .leftJoin("grants", "grants.client", "asked.id")
    .leftJoin("credentials", (join) =>
      join
        .onRef("credentials.client", "=", "asked.id")
        .on("credentials.revokedTime", "is", null)
        .on((on) => on.or([on("credentials.expiresTime", "is", null), on("credentials.expiresTime", ">", now)])),
    )
    .select([
      "clients.project",
      "grants.permissions",
      "credentials.id",
      "credentials.secretHash",
      "credentials.firstUsedTime",
    ])
    .execute();
  const project = rows[0]?.project ?? null;
  if (project === null) return null;
  const secrets = rows.flatMap(({ id, secretHash, firstUsedTime }) =>
    id === null || secretHash === null ? [] : [{ id, hash: secretHash, firstUsedTime }],
  );
  return { id: client, project, permissions: rows[0]?.permissions ?? [], secrets };
}

/**
 * Writes the first use of a secret; false when the secret was revoked meanwhile. The client's row comes first, as in
 * the take-over of an interrupted create, so that one of the two waits for the other.
 */
export async function recordFirstUse(transaction: Connection, { secret, client, time }: SecretUse): Promise<boolean> {
  await transaction
    .updateTable("clients")
    .set({ lastUsedTime: sql`greatest(last_used_time, ${time})` })
    .where("id", "=", client)
    .execute();
  const { numUpdatedRows } = await transaction
    .updateTable("credentials")
    .set({
      firstUsedTime: sql`coalesce(first_used_time, ${time})`,
      lastUsedTime: sql`greatest(last_used_time, ${time})`,
    })
    .where("id", "=", secret)
    .where("revokedTime", "is", null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Writes the latest uses of many secrets by two statements; another replica's later time stays. */
export async function recordUses(transaction: Connection, uses: readonly SecretUse[]): Promise<void> {
  const times = uses.map(({ time }) => time.toISOString());
  const clients = uses.map(({ client }) => client);
  const secrets = uses.map(({ secret }) => secret);
  await sql`update clients set last_used_time = greatest(last_used_time, used.time)
    from (select id, max(time) as time from unnest(${clients}::text[], ${times}::timestamptz[]) as used(id, time) group by id) as used
    where clients.id = used.id`.execute(transaction);
  await sql`update credentials set last_used_time = greatest(last_used_time, used.time)
    from unnest(${secrets}::text[], ${times}::timestamptz[]) as used(id, time)
    where credentials.id = used.id`.execute(transaction);
}
