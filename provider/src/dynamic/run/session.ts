import { AccessClient, type Actor, warnBeforeTokenEnd } from "xtremepush-access";
import { word } from "xtremepush-access/text";
import { requestedVersion } from "../../protocol";
import { AccessReport } from "./access-report";
import { ownActor } from "./ceiling";
import { Declarations } from "./declarations";
import { type Declared, readDeclared } from "./declared-owner";
import type { Log, Show } from "./engine-log";
import { Failure } from "./failure";
import { HandOvers, type Patience } from "./hand-overs";
import type { Location, Memory } from "./location";
import { Names } from "./names";
import { Reads } from "./reads";
import { failureOf } from "./remedy";
import { RestoreCheck } from "./restored";
import {
  type ConfigurationReader,
  PROVIDER_INPUT,
  readSettings,
  readShowAccess,
  type Settings,
  type Sources,
} from "./settings";
import type { Properties } from "./wire";

/** A connection to a backend, with the backend's identity. */
export interface Connection extends Location {
  readonly access: AccessClient;
  /** For reads that may come in thousands; after a conflict, read the live state through `access`. */
  readonly reads: Reads;
  /** What the program's resources declare on this backend, in this project. */
  readonly declarations: Declarations;
  /** Finds which client has a name, for checks. */
  readonly names: Names;
  /** Hands names over between the clients of this run. */
  readonly handOvers: HandOvers;
  /** Finds states that are from before a restore of the backend's database. */
  readonly restores: RestoreCheck;
  /** Reads the actor of the token; null from a backend that cannot tell. */
  readonly ownActor: () => Promise<Actor | null>;
  readonly endpoint: string;
  readonly sources: Sources;
}

/**
 * Holds the configuration and the connection that all handlers of a provider process share.
 *
 * The first call of a run opens the connection and reads the backend's identity and the project. A wrong endpoint, token or
 * project then fails once, in the preview, and not half-way through an update.
 */
export class Session {
  /** Shows a warning to the person who runs Pulumi, once: the engine checks a resource that it replaces twice. */
  readonly warn: Show;
  /** Shows who gains and loses which permissions. */
  readonly access: AccessReport;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #patience: Patience | undefined;
  #configured: ConfigurationReader = () => undefined;
  #showsAccess = true;
  readonly #connections = new Map<string, Promise<Connection>>();

  /** @param patience - How long a change waits for a name; tests wait less. */
  constructor(environment: NodeJS.ProcessEnv, log: Log, patience?: Patience) {
    this.warn = onceEach(log.warn);
    this.access = new AccessReport(log.inform, () => this.#showsAccess);
    this.#environment = environment;
    this.#patience = patience;
  }

  /** Stores the configuration and does nothing else: it may race with the first call, and must not throw. */
  configure(configured: ConfigurationReader): void {
    this.#configured = configured;
  }

  /** Reads the inputs of a check as the program declares them. */
  readDeclared(given: Properties): Declared {
    return readDeclared(given, this.#environment);
  }

  /** The version of the secret that this run was asked for, of the client of one of these owners; null without a request. */
  requestedVersion(...owners: readonly (string | null | undefined)[]): number | null {
    return requestedVersion(this.#environment, ...owners);
  }

  /** Remembers the earlier name of the program from the owner in the state of one of its resources. */
  async rememberRename(before: string | null, now: string | null | undefined): Promise<void> {
    const connection = await this.connect();
    connection?.declarations.rememberRename(before, now);
  }

  /** Returns null while an input of the explicit `Provider` is not known, which happens only in previews. */
  async connect(): Promise<Connection | null> {
    this.#showsAccess = readShowAccess(this.#configured, this.#environment);
    const settings = readSettings(this.#configured, this.#environment);
    if (settings === null) return null;
    // The engine configures each resource type separately with the same settings; they share one connection.
    const key = JSON.stringify(settings);
    const connection = this.#connections.get(key) ?? open(settings, { warn: this.warn, patience: this.#patience });
    this.#connections.set(key, connection);
    return connection;
  }

  /**
   * Runs calls to the backend for a resource with this state. A read passes only the location of the state, because it may
   * follow a restore of the backend's database.
   *
   * @throws Failure when the state belongs to another backend, project or epoch than the configuration, or when a call fails.
   */
  async use<T>(state: Partial<Location & Memory>, work: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = await this.connect();
    if (connection === null) throw new Failure("the inputs of the Provider are not known yet");
    await assertSameBackend(connection, state);
    try {
      return await work(connection);
    } catch (error) {
      const { sources } = connection;
      throw failureOf(error, { sources, isInState: state.backendId !== undefined });
    } finally {
      connection.handOvers.stir();
    }
  }

  /**
   * Checks the location in a resource's state before planning a change.
   *
   * @throws Failure when the state belongs to another backend, project or epoch than the configuration.
   */
  async verify(state: Partial<Location> & Memory): Promise<void> {
    const connection = await this.connect();
    if (connection !== null) await assertSameBackend(connection, state);
  }
}

function onceEach(show: Show): Show {
  const shown = new Set<string>();
  return async (message) => {
    if (shown.has(message)) return;
    shown.add(message);
    await show(message);
  };
}

interface Surroundings {
  readonly warn: Show;
  readonly patience: Patience | undefined;
}

async function open(settings: Settings, { warn, patience }: Surroundings): Promise<Connection> {
  const { endpoint, project, token, sources } = settings;
  try {
    const warnings: string[] = [];
    const onTokenEnd = warnBeforeTokenEnd(endpoint, (warning) => warnings.push(warning));
    const access = new AccessClient({ endpoint, token, userAgent: "pulumi-xtremepush", onTokenEnd });
    const [backend] = await Promise.all([access.backend.get(), access.projects.get(project)]);
    for (const warning of warnings) await warn(`${warning} (it came from ${sources.token})`);
    return {
      ...{ access, endpoint, project, backendId: backend.id, epoch: backend.epoch, sources },
      ownActor: ownActor(access),
      reads: new Reads(access, project),
      declarations: new Declarations(),
      names: new Names(access, project),
      handOvers: new HandOvers(patience),
      restores: new RestoreCheck(backend, () => access.backend.get()),
    };
  } catch (error) {
    throw failureOf(error, { sources, isInState: false });
  }
}

async function assertSameBackend(connection: Connection, state: Partial<Location & Memory>): Promise<void> {
  assertSameLocation(connection, state);
  const { epoch, updatedTime } = state;
  if (epoch === undefined) return;
  try {
    await connection.restores.assertKnown({ epoch, updatedTime });
  } catch (error) {
    throw failureOf(error, { sources: connection.sources, isInState: true });
  }
}

/** Keeps a changed configuration from silently redirecting resources to another backend or project. */
function assertSameLocation({ endpoint, project, backendId, sources }: Connection, state: Partial<Location>): void {
  if (state.project !== undefined && state.project !== project) {
    throw new Failure(
      `the resource is in project ${word(state.project)}, but ${sources.project} says ${project}: ${wayBack(sources, project)}`,
    );
  }
  if (state.backendId !== undefined && state.backendId !== backendId) {
    throw new Failure(
      `the resource is on backend ${word(state.backendId)}, but ${endpoint} is backend ${word(backendId)} (the address came from ${sources.endpoint}): ${wayBack(sources, "it")}`,
    );
  }
}

/** A client cannot move: its ID and secrets exist only on its own backend, in its own project. */
function wayBack({ project }: Sources, other: string): string {
  if (!project.startsWith(PROVIDER_INPUT)) return `restore that setting, or use another stack for ${other}`;
  return "give the resource the Provider that it had before. A client does not move between projects or backends: declare another resource with the new Provider, which makes a new client ID and secret, and remove this one when nothing uses it";
}
