import { sql } from "kysely";
import { PERMISSION_IDS } from "xtremepush-access/catalog";
import type { Database } from "../../../backend/src/database/open";

/** The longest key that a client takes, which compresses to next to nothing. */
const PEM = "k".repeat(20_000);

/** Writes a project of clients with ten of the longest keys each, in one statement a table: 200 KB a client. */
export async function writeHeavyClients({ db }: Database, slug: string, clients: number): Promise<void> {
  await sql`insert into projects (slug, name, created_by, created_time) values (${slug}, ${slug}, 'admin', date_trunc('second', now()))`.execute(
    db,
  );
  await sql`insert into clients (id, project, name, managed_by, secret_version, revision,
      created_by, created_time, updated_by, updated_time)
    select 'xpc_' || translate(lpad(number::text, 26, '0'), '0189', 'abcd'), ${slug}, 'client ' || number,
      'acme/urn:' || number, 0, 1, 'admin', date_trunc('second', now()), 'admin', date_trunc('second', now())
    from generate_series(1, ${clients}::integer) as number`.execute(db);
  await sql`insert into credentials (id, client, kind, version, label, pem, key_type, algorithms, fingerprint,
      created_by, created_time)
    select id || label, id, 'public-key', 0, 'key-' || label, ${PEM}, 'certificate', '{RS256}', 'f00', 'admin', date_trunc('second', now())
    from clients, generate_series(1, 10) as label where project = ${slug}`.execute(db);
}

/** Writes audit rows of one client whose fields before and after have a length together, as JSON text. */
export async function writeHeavyAudit(
  { db }: Database,
  trail: { readonly project: string; readonly client: string },
  rows: { readonly count: number; readonly length: number },
): Promise<void> {
  const fields = JSON.stringify({ description: "d".repeat(rows.length / 2) });
  await sql`insert into audit (time, actor_id, actor_name, action, target_type, target_id, project, client,
      before, after, request_id)
    select date_trunc('second', now()), 'xpa_a', 'admin', 'client.update', 'client', ${trail.client}, ${trail.project}, ${trail.client},
      ${fields}::jsonb, ${fields}::jsonb, 'xpr_a'
    from generate_series(1, ${rows.count}::integer)`.execute(db);
}

/** Writes actors of a thousand projects each: 65 KB an actor. */
export async function writeHeavyActors({ db }: Database, actors: number): Promise<void> {
  await sql`insert into actors (id, name, role, projects, token_hash, created_by, created_time)
    select 'xpa_' || translate(lpad(number::text, 26, '0'), '0189', 'abcd'), 'heavy ' || number, 'viewer',
      (select array_agg(rpad('p' || slug, 63, 'x')) from generate_series(1, 1000) as slug), number::text::bytea,
      'admin', date_trunc('second', now())
    from generate_series(1, ${actors}::integer) as number`.execute(db);
}

/** Writes a project of clients without keys whose texts are as long as they can be: 15 KB a client. */
export async function writeFullClients({ db }: Database, slug: string, clients: number): Promise<void> {
  const wide = "\u{1F600}";
  await writeProjects({ db }, [slug]);
  await sql`insert into clients (id, project, name, description, managed_by, secret_version, revision,
      created_by, created_time, updated_by, updated_time)
    select 'xpc_' || translate(lpad(${slug} || number::text, 26, '0'), '0189', 'abcd'), ${slug},
      rpad('client ' || number, 100, ${wide}), repeat(${wide}, 1000), rpad('acme/' || number, 1024, ${wide}), 2, 1,
      'admin', date_trunc('second', now()), 'admin', date_trunc('second', now())
    from generate_series(1, ${clients}::integer) as number`.execute(db);
  await sql`insert into credentials (id, client, kind, version, secret_hash, created_by, created_time)
    select id || version, id, 'secret', version, (id || version)::bytea, 'admin', date_trunc('second', now())
    from clients, generate_series(1, 2) as version where project = ${slug}`.execute(db);
  await sql`insert into grants (client, permissions, managed_by, revision, created_by, created_time, updated_by, updated_time)
    select id, ${PERMISSION_IDS}::text[], managed_by, 1, created_by, created_time, updated_by, updated_time
    from clients where project = ${slug}`.execute(db);
}

/** Writes certificates of 90 days that end one an hour from a time on, and as many that have ended, are revoked, or last a day only. */
export async function writeCertificates({ db }: Database, now: Date, each: number): Promise<void> {
  const kinds = [
    { from: "90 days", until: "0 hours", revoked: false },
    { from: "90 days", until: "-1 year", revoked: false },
    { from: "90 days", until: "-1 minute", revoked: true },
    { from: "1 day", until: "-2 minutes", revoked: false },
  ];
  for (const [kind, { from, until, revoked }] of kinds.entries()) {
    await sql`insert into credentials (id, client, kind, version, label, pem, key_type, algorithms, fingerprint, not_before, not_after,
        revoked_time, created_by, created_time)
      select 'xpk_' || ${kind}::text || '_' || number, (select min(id) from clients), 'public-key', 0, 'key ' || ${kind}::text || '_' || number, 'pem', 'certificate',
        '{RS256}', 'f00', ends - ${from}::interval, ends, case when ${revoked} then ends end, 'admin', date_trunc('second', now())
      from generate_series(1, ${each}::integer) as number,
        lateral (select ${now}::timestamptz + number * interval '1 hour' + ${until}::interval as ends) as e`.execute(
      db,
    );
  }
}

/** Writes a project of clients as most are. */
export async function writePlainClients({ db }: Database, slug: string, clients: number): Promise<void> {
  await writeProjects({ db }, [slug]);
  await sql`insert into clients (id, project, name, managed_by, secret_version, revision, created_by, created_time, updated_by, updated_time)
    select 'xpc_' || translate(lpad(${slug} || number::text, 26, '0'), '0189', 'abcd'), ${slug}, 'client ' || number, 'acme/' || number,
      1, 1, 'admin', date_trunc('second', now()), 'admin', date_trunc('second', now())
    from generate_series(1, ${clients}::integer) as number`.execute(db);
  await sql`insert into credentials (id, client, kind, version, secret_hash, created_by, created_time)
    select id, id, 'secret', 1, id::bytea, 'admin', date_trunc('second', now()) from clients where project = ${slug}`.execute(
    db,
  );
  await sql`insert into grants (client, permissions, managed_by, revision, created_by, created_time, updated_by, updated_time)
    select id, ${PERMISSION_IDS.slice(0, 20)}::text[], managed_by, 1, created_by, created_time, updated_by, updated_time
    from clients where project = ${slug}`.execute(db);
}

/** Writes projects with the longest names. */
export async function writeProjects({ db }: Pick<Database, "db">, slugs: readonly string[]): Promise<void> {
  await sql`insert into projects (slug, name, created_by, created_time)
    select slug, repeat(${"\u{1F600}"}, 100), 'admin', date_trunc('second', now()) from unnest(${slugs}::text[]) as slug`.execute(
    db,
  );
}
