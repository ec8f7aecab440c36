import { type Kysely, sql } from "kysely";

// The lock and the dead runs are JSON, because they are only ever read and written as a whole.
const STATEMENTS = [
  `create table environments (
    project text not null references projects (slug),
    program text not null,
    name text not null,
    pattern text,
    created_by text not null,
    created_time timestamptz not null,
    updated_by text not null,
    updated_time timestamptz not null,
    expires_time timestamptz,
    lock jsonb,
    lock_seen timestamptz,
    dead_runs jsonb not null default '[]',
    primary key (project, program, name)
  )`,
  `create index environments_end on environments
    (coalesce(expires_time, 'infinity'::timestamptz), project, program, name)`,
  "create index environments_pattern on environments (program, pattern) where pattern is not null",
] as const;

/** Makes the table of the environments that programs have, with how long they live and which run is changing them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
