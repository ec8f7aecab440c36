import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { AccessClient, ConnectionError, NotFoundError, RevisionMismatchError, TimeoutError } from "xtremepush-access";
import type { Database } from "../../../backend/src/database/open";

const PROJECT = "load";
const PARALLEL = 24;

/** What a client of a load goes through, one call after the other; every third one is deleted at the end. */
const LIFE = ["create", "grant", "use", "rename", "widen", "delete"] as const;
type Step = (typeof LIFE)[number];

const ACTIONS: Readonly<Record<Step, readonly string[]>> = {
  create: ["client.create"],
  grant: ["grant.update"],
  use: [],
  rename: ["client.update"],
  widen: ["grant.update"],
  delete: ["client.delete"],
};

interface LoadedClient {
  readonly name: string;
  readonly managedBy: string;
  readonly life: readonly Step[];
  /** As the answer to its create gave them. */
  id: string;
  secret: string;
  /** How many steps were answered. */
  acknowledged: number;
}

/** Takes one step; false when its answer did not come. */
type Take = (step: Step, client: LoadedClient) => Promise<boolean>;

/** Many writes at a time, and the memory of which of them were answered. */
export class WriteLoad {
  readonly #token: string;
  readonly #clients: LoadedClient[] = [];
  #acknowledged = 0;
  #running: Promise<unknown> = Promise.resolve();
  #ending = false;

  constructor(adminToken: string) {
    this.#token = adminToken;
  }

  /** How many clients were begun. */
  get size(): number {
    return this.#clients.length;
  }

  /** Makes the project that the load writes to. */
  async prepare(endpoint: string): Promise<void> {
    await this.#access(endpoint, 0).projects.create({ slug: PROJECT });
  }

  /** Begins one client after the other, each call sent once, until the backend is gone. */
  async runUntilGone(endpoint: string): Promise<void> {
    const access = this.#access(endpoint, 0);
    await this.#run(async (step, client) => {
      try {
        await STEPS[step](access, client);
        return true;
      } catch (error) {
        if (ConnectionError.is(error)) return false;
        throw error;
      }
    });
  }

  /** Begins one client after the other until the end, through one backend after the other, sent again until answered. */
  async runThrough(endpoints: readonly string[]): Promise<void> {
    this.#ending = false;
    await this.#run(this.#persistent(endpoints));
  }

  end(): void {
    this.#ending = true;
  }

  /** Takes the clients that a kill has interrupted to the end of their lives, as a client that retries does. */
  async finish(endpoint: string): Promise<void> {
    const take = this.#persistent([endpoint]);
    await Promise.all(this.#clients.map((client) => this.#live(client, take)));
  }

  /** Resolves when so many more calls were answered; fails when the load fails or ends. */
  async acknowledges(more: number): Promise<void> {
    const wanted = this.#acknowledged + more;
    const ended = this.#running.then(() => {
      throw new Error("the load has ended before");
    });
    ended.catch(() => {});
    while (this.#acknowledged < wanted) await Promise.race([setTimeout(5), ended]);
  }

  /** Checks that what was answered is there with its audit rows, and of what was not answered all or nothing. */
  async assertKept(endpoint: string): Promise<void> {
    const all = await shownBy(this.#access(endpoint, 4));
    const owners = new Set(this.#clients.map(({ managedBy }) => managedBy));
    assert.deepEqual(
      [...all.keys()].filter((owner) => !owners.has(owner)),
      [],
    );
    for (const client of this.#clients) assertKept(client, all.get(client.managedBy) ?? NOTHING);
  }

  /** Checks that every secret that was answered works, of the clients that live on. */
  async assertSecretsWork(endpoint: string): Promise<void> {
    const { oauth } = this.#access(endpoint, 4);
    const living = this.#clients.filter(({ life }) => !life.includes("delete"));
    await Promise.all(living.map(({ id, secret }) => oauth.token({ clientId: id, clientSecret: secret })));
  }

  #access(endpoint: string, maxRetries: number): AccessClient {
    return new AccessClient({ endpoint, token: this.#token, maxParallel: PARALLEL, maxRetries });
  }

  #persistent(endpoints: readonly string[]): Take {
    const accesses = endpoints.map((endpoint) => this.#access(endpoint, 1));
    let turn = 0;
    return async (step, client) => {
      for (;;) {
        const access = accesses[turn++ % accesses.length];
        if (access !== undefined && (await takeAgain(access, step, client))) return true;
      }
    };
  }

  async #run(take: Take): Promise<void> {
    const work = async () => {
      while (!this.#ending && (await this.#live(this.#begin(), take)));
    };
    this.#running = Promise.all(Array.from({ length: PARALLEL }, work));
    await this.#running;
  }

  #begin(): LoadedClient {
    const number = this.#clients.length + 1;
    const life = number % 3 === 0 ? LIFE : LIFE.slice(0, -1);
    const client = {
      name: `Client ${number}`,
      managedBy: `owner/${number}`,
      life,
      id: "",
      secret: "",
      acknowledged: 0,
    };
    this.#clients.push(client);
    return client;
  }

  async #live(client: LoadedClient, take: Take): Promise<boolean> {
    for (const step of client.life.slice(client.acknowledged)) {
      if (!(await take(step, client))) return false;
      client.acknowledged += 1;
      this.#acknowledged += 1;
    }
    return true;
  }
}

const STEPS: Readonly<Record<Step, (access: AccessClient, client: LoadedClient) => Promise<unknown>>> = {
  create: async (access, client) => {
    const { name, managedBy } = client;
    const { id, clientSecret } = await access.clients.create(PROJECT, { name, managedBy });
    client.id = id;
    client.secret = clientSecret ?? "";
  },
  grant: ({ grants }, { id, managedBy }) =>
    grants.put(PROJECT, id, { permissions: ["list:profile"], managedBy }, { ifMatch: 0 }),
  use: ({ oauth }, { id, secret }) => oauth.token({ clientId: id, clientSecret: secret }),
  rename: ({ clients }, { id, name }) => clients.update(PROJECT, id, { name: `${name}, renamed` }, { ifMatch: 1 }),
  widen: ({ grants }, { id, managedBy }) =>
    grants.put(PROJECT, id, { permissions: ["list:profile", "list:segment"], managedBy }, { ifMatch: 1 }),
  delete: ({ clients }, { id }) => clients.delete(PROJECT, id, { ifMatch: 2 }),
};

/** A step that may have been done before, as only its own client writes; false when it has to be sent once more. */
async function takeAgain(access: AccessClient, step: Step, client: LoadedClient): Promise<boolean> {
  try {
    await STEPS[step](access, client);
    return true;
  } catch (error) {
    if (ConnectionError.is(error) || TimeoutError.is(error)) return false;
    if (RevisionMismatchError.is(error)) return true;
    if (step === "delete" && NotFoundError.is(error) && error.code === "client_not_found") return true;
    throw error;
  }
}

/** What the API shows of the client of one owner. */
interface Shown {
  readonly ids: ReadonlySet<string>;
  /** The oldest first; a take-over answers a create once more. */
  readonly actions: readonly string[];
  readonly live: readonly object[];
}

const NOTHING: Shown = { ids: new Set(), actions: [], live: [] };

async function shownBy(access: AccessClient): Promise<Map<string, Shown>> {
  const all = new Map<string, Shown>();
  const add = (owner: string | null, id: string, more: Partial<Shown>) => {
    const { ids, actions, live } = all.get(owner ?? "") ?? NOTHING;
    all.set(owner ?? "", {
      ids: new Set([...ids, id]),
      actions: [...(more.actions ?? []), ...actions],
      live: [...live, ...(more.live ?? [])],
    });
  };
  for await (const client of access.clients.list(PROJECT, { limit: 1_000 })) {
    const { id, managedBy, name, revision, grant } = client;
    add(managedBy, id, { live: [{ name, revision, permissions: grant.permissions, grantRevision: grant.revision }] });
  }
  for await (const { action, target, managedBy } of access.audit.ofProject(PROJECT, { limit: 1_000 })) {
    if (target.type === "project") continue;
    add(managedBy, target.id, { actions: action === "client.take-over" ? [] : [action] });
  }
  return all;
}

function assertKept(client: LoadedClient, shown: Shown): void {
  const { acknowledged, life, id, managedBy } = client;
  const { actions, live, ids } = shown;
  const whole = [after(client, acknowledged), after(client, Math.min(acknowledged + 1, life.length))];
  const said = `${managedBy} after ${acknowledged} answered calls: ${JSON.stringify({ actions, live })}`;
  assert.ok(
    whole.some((state) => isDeepStrictEqual(state, { actions, live })),
    said,
  );
  assert.ok(ids.size <= 1 && (acknowledged === 0 || ids.has(id)), `${said}: ${[...ids].join(", ")}`);
}

/** What there has to be of a client after so many steps of its life. */
function after({ life, name }: LoadedClient, steps: number): Pick<Shown, "actions" | "live"> {
  const taken = life.slice(0, steps);
  const actions = taken.flatMap((step) => ACTIONS[step]);
  if (!taken.includes("create") || taken.includes("delete")) return { actions, live: [] };
  const renamed = taken.includes("rename");
  const permissions = ["list:profile", "list:segment"].slice(0, actions.filter((one) => one === "grant.update").length);
  const live = {
    name: renamed ? `${name}, renamed` : name,
    revision: renamed ? 2 : 1,
    permissions,
    grantRevision: permissions.length,
  };
  return { actions, live: [live] };
}

/** Checks in the tables that no write is there in part: rows, secrets and audit rows belong together. */
export async function assertWhole({ db }: Database): Promise<void> {
  const clients = await db.selectFrom("clients").selectAll().execute();
  const grants = await db.selectFrom("grants").selectAll().execute();
  const credentials = await db.selectFrom("credentials").selectAll().execute();
  const audit = await db.selectFrom("audit").selectAll().where("client", "is not", null).execute();
  const grantOf = new Map(grants.map((grant) => [grant.client, grant.revision]));
  const secretsOf = Map.groupBy(credentials, ({ client }) => client);
  const recordOf = Map.groupBy(audit, ({ client }) => client ?? "");

  assert.deepEqual([...recordOf.keys()].toSorted(), clients.map(({ id }) => id).toSorted());
  for (const { id, revision, deletedTime } of clients) {
    const count = (action: string) => recordOf.get(id)?.filter((row) => row.action === action).length ?? 0;
    const live = (secretsOf.get(id) ?? []).filter(({ revokedTime }) => revokedTime === null);
    const found = { revision, grant: grantOf.get(id) ?? 0, live: live.length, made: secretsOf.get(id)?.length };
    const recorded = {
      revision: count("client.create") + count("client.update"),
      grant: count("grant.update"),
      live: 1 - count("client.delete"),
      made: 1 + count("client.take-over"),
    };
    assert.deepEqual(
      { ...found, deleted: deletedTime !== null },
      { ...recorded, deleted: count("client.delete") === 1 },
    );
  }
  const unused = new Set(
    credentials.filter((one) => one.revokedTime === null && !one.firstUsedTime).map((c) => c.client),
  );
  assert.deepEqual(
    audit.filter(({ client, action }) => action === "client.update" && unused.has(client ?? "")),
    [],
    "a client that was renamed after its first use does not know of that use",
  );
}
