import { type Kysely, sql } from "kysely";

// Triggers, so that whoever removes an actor keeps its name, and a replica of the version before cannot use it again.
const STATEMENTS = [
  "create table past_actors (name text primary key, id text not null)",
  `create function keep_actor_name() returns trigger language plpgsql as $$
    begin
      insert into past_actors (name, id) values (old.name, old.id);
      return null;
    end
  $$`,
  `create trigger actors_kept after delete on actors
    for each row execute function keep_actor_name()`,
  // After, because only then a delete of the same name has ended.
  `create function refuse_past_actor_name() returns trigger language plpgsql as $$
    begin
      if exists (select from past_actors where name = new.name) then
        raise unique_violation using message = 'the name belongs to an actor of the past', constraint = 'past_actors_pkey';
      end if;
      return null;
    end
  $$`,
  `create trigger actors_new after insert or update of name on actors
    for each row execute function refuse_past_actor_name()`,
] as const;

/** Keeps the names of actors that are removed, because the audit trail refers to actors by name. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
