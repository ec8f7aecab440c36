import { Client } from "pg";
import { startOwnPostgres } from "../support/backend/own-postgres";
import { freePort } from "../support/process/free-port";
import type { Place } from "./place";
import type { Chapter } from "./plan";

const OWNER = "postgresql://access_owner@db.internal/access";
const SERVE = "postgresql://access_serve@db.internal/access";

/** docs/backend.md, followed in an empty folder, with a PostgreSQL server of its own as `db.internal`. */
export const BACKEND: Chapter = {
  begins: "files",
  given: async (place) => {
    place.call("../access-packages", place.beside("access-packages"));
    place.call("../access-backend", place.folder);
    place.call("9464", String(await freePort()));
    await giveServer(place);
  },
  notes: [
    {
      block: "npm run pack",
      reason: "the README's first block has packed them",
      as: (text) => text.replace(/^npm run pack.*\n/, ""),
    },
    {
      block: "start --host 0.0.0.0",
      reason: "the page goes on with the embedded database, and nobody but this machine may reach a test",
      as: (text) => text.replace("0.0.0.0", "127.0.0.1"),
      aside: true,
    },
    {
      block: "create role access_owner",
      reason: "a superuser of the server runs it",
      before: (place) => onServer(place, SUPERUSER, ["drop database access with (force)"]),
      database: (place) => place.here(SUPERUSER),
    },
    {
      block: "grant usage on schema public to access_serve",
      reason: "the text says who runs it",
      database: (place) => place.here(OWNER),
      after: async (place) => {
        await place.start(`export DATABASE_URL=${SERVE}
          export XTREMEPUSH_ACCESS_ADMIN_TOKEN=$(npx --no-install xtremepush-access-backend token generate)
          npx --no-install xtremepush-access-backend start`);
        await place.stop();
      },
    },
    {
      block: "admin audit-prune",
      reason: "rows that old are not made in a test, and nobody is at the terminal to say yes",
      before: (place) => onServer(place, OWNER, [OLD_ROW, OLD_ROW]),
      as: (text) => text.replace("admin audit-prune", "admin audit-prune --yes"),
    },
    {
      block: "admin restored",
      reason: "nobody is at the terminal to say yes",
      as: (text) => text.replace("admin restored", "admin restored --yes"),
    },
  ],
};

/** docs/operations.md, followed where docs/backend.md ends: with a server that has the tables and two roles. */
export const OPERATIONS: Chapter = {
  begins: "packages",
  given: async (place) => {
    await giveServer(place);
    await onServer(place, SUPERUSER, [
      "create role access_owner login password 'test'",
      "create role access_serve login password 'test'",
      "alter database access owner to access_owner",
    ]);
    await place.run(`DATABASE_URL=${OWNER} npx --no-install xtremepush-access-backend admin migrate`);
  },
  notes: [
    {
      block: "create role access_backup",
      reason: "a superuser of the server runs it",
      database: (place) => place.here(SUPERUSER),
    },
    {
      block: "grant usage on schema public to access_backup",
      reason: "the text says who runs it",
      database: (place) => place.here(OWNER),
    },
    ...["pg_dump --format", "pg_restore --no-owner"].map((block) => ({
      block,
      reason: "npm's PostgreSQL has no pg_dump; test/backend/database/backup-role.test.ts runs it with Debian's",
      skip: true as const,
    })),
    {
      block: "upstream access_backend",
      reason: "test/backend/http/nginx.test.ts runs it with Debian's nginx",
      skip: true,
    },
    {
      block: "pool_mode = transaction",
      reason: "test/backend/database/pgbouncer.test.ts runs it with Debian's PgBouncer",
      skip: true,
    },
    {
      block: "alter role access_serve",
      reason: "a superuser of the server runs it",
      database: (place) => place.here(SUPERUSER),
    },
  ],
};

const SUPERUSER = "the server's superuser";
const OLD_ROW = `insert into audit (time, actor_id, actor_name, action, target_type, target_id, project, client, before, after, request_id)
  values (now() - interval '401 days', 'xpa_a', 'admin', 'project.create', 'project', 'old', null, null, null, '{}', 'xpr_a')`;

/** Starts the server of the page, with the role and the database that its first address names. */
async function giveServer(place: Place): Promise<void> {
  const server = await startOwnPostgres();
  place.onClose(() => server.close());
  const superuser = new URL(server.url);
  superuser.pathname = "postgres";
  place.call(SUPERUSER, superuser.href);
  place.call("password '…'", "password 'test'");
  for (const role of ["access", "access_owner", "access_serve"]) {
    const address = new URL(server.url);
    [address.username, address.password] = [role, "test"];
    place.call(`postgresql://${role}@db.internal/access`, address.href);
  }
  await server.run("create role access login password 'test'", "alter database access owner to access");
}

async function onServer(place: Place, address: string, statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: place.here(address) });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}
