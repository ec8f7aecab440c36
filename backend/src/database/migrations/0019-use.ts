import { type Kysely, sql } from "kysely";

// What belongs to a client goes with it, also when a replica of the version before removes it.
const STATEMENTS = [
  `create table use_totals (
    client text not null references clients (id) on delete cascade,
    permission text not null,
    first_used_time timestamptz,
    last_used_time timestamptz,
    last_refused_time timestamptz,
    primary key (client, permission)
  )`,
  `create table use_spans (
    client text not null references clients (id) on delete cascade,
    permission text not null,
    span text not null,
    start_time timestamptz not null,
    used bigint not null,
    refused bigint not null,
    primary key (client, permission, span, start_time)
  )`,
  "create index use_spans_start on use_spans (span, start_time)",
  `create table use_reports (
    actor text not null,
    gateway text not null,
    batch text not null,
    time timestamptz not null,
    primary key (actor, gateway, batch)
  )`,
  "create index use_reports_time on use_reports (time)",
  `create table use_reporters (
    project text not null references projects (slug) on delete cascade,
    gateway text not null,
    since timestamptz not null,
    until timestamptz not null,
    primary key (project, gateway)
  )`,
] as const;

/** Adds what gateways report of the use of permissions. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
