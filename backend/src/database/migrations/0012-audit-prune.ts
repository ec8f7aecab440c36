import { type Kysely, sql } from "kysely";

// Only a role that could remove the trigger may delete, and only in a transaction that says what it does.
const STATEMENT = `create or replace function refuse_audit_change() returns trigger language plpgsql as $$
  begin
    if tg_op = 'DELETE' and current_setting('xtremepush_access.audit_prune', true) = 'on'
      and pg_has_role(current_user, (select relowner from pg_class where oid = tg_relid), 'usage') then
      return old;
    end if;
    raise exception 'audit rows cannot be changed';
  end
$$`;

/** Lets the owner of the tables delete audit rows that it has exported. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(STATEMENT).execute(db);
}
