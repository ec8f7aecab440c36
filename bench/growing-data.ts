import { Client } from "pg";
import { PERMISSION_IDS, type Permission } from "xtremepush-access/catalog";

/** Of ten clients, nine are in the large project and one in the other, whose clients all have what none has there. */
export const LARGE = "large";
const OTHER = "other";

/** What one client in three of the large project has; what 20 of its first clients have; and what none has. */
export const SHARES = { third: "list:profile", few: "export:segment", none: "import:profile" } as const;
const RARE: readonly string[] = Object.values(SHARES);
/** The permissions that are not rare. */
export const USUAL_IDS: readonly Permission[] = PERMISSION_IDS.filter((id) => !RARE.includes(id));
/** As many as a client has besides. */
const USUAL = 19;

/** Fills the tables of a backend by SQL, because its API takes a millisecond for each client. */
export class GrowingData {
  readonly #connection: Client;
  #clients = 0;

  private constructor(connection: Client) {
    this.#connection = connection;
  }

  static async open(url: string): Promise<GrowingData> {
    const connection = new Client({ connectionString: url });
    await connection.connect();
    return new GrowingData(connection);
  }

  /** Adds clients, each with a secret, a grant of 20 permissions and an audit row, until there are as many. */
  async growTo(clients: number): Promise<void> {
    const values = [this.#clients + 1, clients];
    await this.#connection.query(CLIENTS, values);
    await this.#connection.query(CREDENTIALS, values);
    await this.#connection.query(GRANTS, [...values, USUAL_IDS]);
    await this.#connection.query(AUDIT, values);
    // The server does both by itself after a while, which would be in the middle of a measurement.
    await this.#connection.query("vacuum analyze");
    await this.#connection.query("checkpoint");
    this.#clients = clients;
  }

  close(): Promise<void> {
    return this.#connection.end();
  }
}

/** Names, owners and times follow from the number; of five clients one is deleted. */
const NUMBERED = `select number,
    'xpc_' || translate(left(md5(number::text) || md5('-' || number), 26), '0189', 'wxyz') as id,
    case when number % 10 = 0 then '${OTHER}' else '${LARGE}' end as project,
    timestamptz '2020-01-01Z' + number * interval '100 seconds' as time
  from generate_series($1::integer, $2::integer) as number`;

const CLIENTS = `insert into clients (id, project, name, description, managed_by, secret_version, revision,
    created_by, created_time, updated_by, updated_time, deleted_time, deleted_by)
  select id, project, 'Filled ' || number, 'made by the bench', 'acme/' || number, 1, 1, 'bench', time, 'bench', time,
    case when number % 5 = 2 then now() end, case when number % 5 = 2 then 'bench' end
  from (${NUMBERED}) as numbered`;

const CREDENTIALS = `insert into credentials (id, client, kind, version, secret_hash, created_by, created_time)
  select 'xpk_' || number, id, 'secret', 1, sha256(id::bytea), 'bench', time from (${NUMBERED}) as numbered`;

const GRANTS = `insert into grants (client, permissions, revision, created_by, created_time, updated_by, updated_time)
  select id,
    array(select ($3::text[])[(number + other * 3) % cardinality($3::text[]) + 1] from generate_series(1, ${USUAL}) as other)
      || case
        when project = '${OTHER}' then '{${SHARES.none}}'::text[]
        when number < 1000 and number % 50 = 1 then '{${SHARES.few}}'
        when number % 3 = 0 then '{${SHARES.third}}'
        else '{}'
      end,
    1, 'bench', time, 'bench', time
  from (${NUMBERED}) as numbered`;

const AUDIT = `insert into audit (time, actor_id, actor_name, action, target_type, target_id, target_name, project, client,
    revision, before, after, request_id)
  select time, 'xpa_bench', 'bench', 'client.create', 'client', id, 'Filled ' || number, project, id,
    1, null, '{"secretVersion": 1}', 'xpr_bench'
  from (${NUMBERED}) as numbered`;

export const PROJECTS = [LARGE, OTHER] as const;
