import type { Role } from "xtremepush-access/schemas";
import { type AppOptions, buildApp } from "../../../backend/src/app/app";
import { createActor } from "../../../backend/src/changes/actors";
import { makeIdentifier } from "../../../backend/src/credentials/identifiers";
import { makeSecret } from "../../../backend/src/credentials/secrets";
import { type Database, openDatabase } from "../../../backend/src/database/open";
import { emptyImage } from "./empty-database";
import { isServerShared, makePostgresDatabase } from "./postgres";

export type Engine = "memory" | "postgres";

/** The databases that a suite of the store runs over; the quick lane does without a server. */
export const ENGINES: readonly Engine[] = process.env["TEST_LANE"] === "quick" ? ["memory"] : ["memory", "postgres"];

/** A backend on a free port of this machine, with an admin called `admin`. */
export interface TestBackend {
  readonly endpoint: string;
  readonly adminToken: string;
  readonly database: Database;
  /** Makes an actor and answers its token; an admin takes no projects. */
  makeActor(role: Role, projects?: readonly string[], more?: MoreOfActor): Promise<string>;
  close(): Promise<void>;
}

/** What an actor has besides its role and projects. */
export interface MoreOfActor {
  readonly name?: string;
  readonly expiresTime?: Date;
  /** The beginning of the owners that an editor is bound to. */
  readonly ownerPrefix?: string;
  readonly ceiling?: readonly string[];
}

/** What differs from the usual: the usual engine, the real time, no log, the default limits. */
export type TestBackendOptions = Partial<Omit<AppOptions, "database">> & { readonly engine?: Engine };

export async function startTestBackend(options: TestBackendOptions = {}): Promise<TestBackend> {
  const { engine = usualEngine(), clock = () => new Date(), ...rest } = options;
  const database = await openTestDatabase(engine);
  const makeActor = actorMaker(database, clock);
  const adminToken = await makeActor("admin", undefined, { name: "admin" });
  const { endpoint, close } = await listenOn(database, { ...rest, clock });
  return {
    endpoint,
    adminToken,
    database,
    makeActor,
    async close() {
      await close();
      await database.close();
    },
  };
}

/** The app of a backend on a free port of this machine. */
export interface ListeningApp {
  readonly app: Awaited<ReturnType<typeof buildApp>>;
  readonly endpoint: string;
  /** Cuts the connections and ends the app; the database stays open. */
  close(): Promise<void>;
}

/** Builds the app on an open database, as another replica or with what differs from the usual, and lets it listen. */
export async function listenOn(
  database: Database,
  options: Omit<TestBackendOptions, "engine"> = {},
): Promise<ListeningApp> {
  const app = await buildApp({ issuer: "http://127.0.0.1", clock: () => new Date(), ...options, database });
  const endpoint = await app.listen({ host: "127.0.0.1", port: 0 });
  return {
    app,
    endpoint,
    async close() {
      app.server.closeAllConnections();
      await app.close();
    },
  };
}

/** The database of a test that chooses none: PGlite, unless the run has a server, which gives one for a tenth of the time. */
function usualEngine(): Engine {
  return isServerShared() ? "postgres" : "memory";
}

/** An empty database with all tables. */
export async function openTestDatabase(engine: Engine): Promise<Database> {
  if (engine === "memory") return openDatabase({ memory: true, image: await emptyImage() });
  if (!ENGINES.includes(engine)) throw new Error(`the quick lane has no ${engine}: ask for the POSTGRES of ./postgres`);
  const { url } = await makePostgresDatabase();
  return openDatabase({ url });
}

function actorMaker(database: Database, clock: () => Date): TestBackend["makeActor"] {
  let made = 0;
  return async (role, projects, { name, expiresTime, ownerPrefix, ceiling } = {}) => {
    made += 1;
    const token = makeSecret("xpat");
    await createActor(
      {
        database,
        actor: { id: "xpa_test", name: "test", ownerPrefix: null, ceiling: null, expiresTime: null },
        requestId: makeIdentifier("xpr"),
        time: clock(),
      },
      {
        name: name ?? `${role} ${made}`,
        role,
        projects: role === "admin" ? null : (projects ?? []),
        ownerPrefix: ownerPrefix ?? null,
        ceiling: ceiling ?? null,
        expiresTime: expiresTime ?? null,
        token,
      },
    );
    return token;
  };
}
