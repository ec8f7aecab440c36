import { setTimeout as wait } from "node:timers/promises";
import { Client } from "pg";
import { openDatabase } from "../../backend/src/database/open";
import type { OwnPostgres } from "../support/backend/own-postgres";
import { openVersionBefore } from "../support/backend/version-before";
import type { Outcome } from "./outcome";

const CLIENTS = 100_000;
const EVERY_MS = 20;
const LIMIT_MS = 200;

/** As the first version of the tables has them: a secret, a grant and three changes of each client. */
const ROWS = [
  `insert into clients (id, project, name, secret_version, revision, created_by, created_time, updated_by, updated_time)
    select 'xpc_' || n, 'web', 'client ' || n, 1, 1, 'ana', now(), 'ana', now() from generate_series(1, ${CLIENTS}) n`,
  `insert into credentials (id, client, kind, version, secret_hash, created_by, created_time)
    select 'xpk_' || n, 'xpc_' || n, 'secret', 1, sha256(convert_to(n::text, 'UTF8')), 'ana', now()
    from generate_series(1, ${CLIENTS}) n`,
  `insert into grants (client, permissions, revision, created_by, created_time, updated_by, updated_time)
    select 'xpc_' || n, '{list:profile,list:segment}', 1, 'ana', now(), 'ana', now() from generate_series(1, ${CLIENTS}) n`,
  `insert into audit (time, actor_id, actor_name, action, target_type, target_id, client, request_id)
    select now(), 'xpa_ana', 'ana', 'client.update', 'client', 'xpc_' || (n % ${CLIENTS} + 1), 'xpc_' || (n % ${CLIENTS} + 1), 'xpr_1'
    from generate_series(1, ${3 * CLIENTS}) n`,
  "vacuum analyze",
];

/** What a first token reads and writes, and a change with its audit row. */
const PROBE = [
  `select clients.project, grants.permissions, credentials.secret_hash from clients
    left join grants on grants.client = clients.id left join credentials on credentials.client = clients.id
    where clients.id = $1 and credentials.revoked_time is null`,
  "update credentials set last_used_time = now() where id = replace($1, 'xpc_', 'xpk_')",
  "update clients set last_used_time = now() where id = $1",
  "update grants set revision = revision + 1 where client = $1",
  `insert into audit (time, actor_id, actor_name, action, target_type, target_id, client, request_id)
    values (now(), 'xpa_ana', 'ana', 'grant.update', 'grant', $1, $1, 'xpr_2')`,
];

/** Runs all migrations on a large database of the first version while its replicas work. */
export async function underMigrations(server: OwnPostgres): Promise<Outcome> {
  await server.run("create database large");
  const address = new URL(server.url);
  address.pathname = "/large";
  const url = address.href;
  await (await openVersionBefore(url)).close();
  const connection = new Client({ connectionString: url });
  await connection.connect();
  for (const statement of ROWS) await connection.query(statement);
  const idle = await probeWhile(connection, wait(2_000));
  const migrated = openDatabase({ url });
  const waits = await probeWhile(connection, migrated);
  await (await migrated).close();
  await connection.end();
  const longest = `the longest wait of ${waits.length} is ${Math.round(Math.max(...waits))} ms, before ${Math.round(Math.max(...idle))} ms`;
  const over = waits.filter((ms) => ms > LIMIT_MS).map((ms) => `${Math.round(ms)} ms`);
  process.stdout.write(`       ${longest}\n`);
  return {
    fault: "migrations",
    requests: waits.length,
    unavailable: 0,
    firstSuccessMs: null,
    zeros: {
      "acknowledged writes missing": [],
      "audit rows missing": [],
      "processes ended unasked": [],
      "answers not the API's own": [],
      "sent requests reset": [],
      "requests that a migration kept waiting": over,
    },
  };
}

/** How long each statement took, in milliseconds. */
async function probeWhile(connection: Client, work: Promise<unknown>): Promise<number[]> {
  let isDone = false;
  const done = () => {
    isDone = true;
  };
  work.then(done, done);
  const waits: number[] = [];
  for (let count = 0; !isDone; count += 1) {
    for (const statement of PROBE) {
      const start = performance.now();
      await connection.query(statement, [`xpc_${(count % CLIENTS) + 1}`]);
      waits.push(performance.now() - start);
    }
    await wait(EVERY_MS);
  }
  return waits;
}
