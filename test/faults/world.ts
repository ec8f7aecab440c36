import { AccessClient } from "xtremepush-access";
import { PulumiStack } from "../../scripts/pulumi-stack";
import { type Engine, startTestBackend, type TestBackend } from "../support/backend/backend";
import { type FaultProxy, type PassingCall, startFaultProxy } from "../support/backend/fault-proxy";
import type { Identity } from "./moves";
import { makeSecondProgram, type SecondProgram } from "./second-program";

/** A client that somebody created by hand, and the secret that came with it. */
export interface HandMade {
  readonly id: string;
  readonly clientSecret: string | null;
}

/** A stack whose connection to the backend has faults, in its own project. */
export interface World {
  readonly project: string;
  readonly backend: TestBackend;
  readonly admin: AccessClient;
  /** Somebody who creates and changes things by hand, without faults. */
  readonly ana: AccessClient;
  /** What ana has created, by the name of the resource that adopts it. */
  readonly handMade: Map<string, HandMade>;
  readonly second: SecondProgram;
  readonly proxy: FaultProxy;
  readonly stack: PulumiStack;
  /** What the program was called last. */
  identity: Identity;
  /** The name of the resource that a call is about; null for none. */
  resourceOf(call: Pick<PassingCall, "client" | "body">): Promise<string | null>;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly project: string;
  readonly backend: TestBackend;
  readonly checkpoints: boolean;
  /** The folder below which the stack gets its own. @default that of PulumiStack */
  readonly under?: string | undefined;
}

export async function openWorld({ project, backend, checkpoints, under }: WorldOptions): Promise<World> {
  const { endpoint, adminToken, database } = backend;
  const admin = new AccessClient({ endpoint, token: adminToken });
  await admin.projects.create({ slug: project });
  const token = await backend.makeActor("editor", [project], { name: `pipeline of ${project}` });
  const anasToken = await backend.makeActor("editor", [project], { name: `ana of ${project}` });
  const handMade: World["handMade"] = new Map();
  const second = await makeSecondProgram(backend, project);
  const proxy = await startFaultProxy(endpoint);
  const stack = await PulumiStack.open({
    ...(under !== undefined && { under }),
    environment: {
      XTREMEPUSH_ENDPOINT: proxy.endpoint,
      XTREMEPUSH_PROJECT: project,
      XTREMEPUSH_TOKEN: token,
      ...(checkpoints ? {} : { PULUMI_EXPERIMENTAL: "true", PULUMI_SKIP_CHECKPOINTS: "true" }),
    },
  });
  return {
    project,
    backend,
    admin,
    ana: new AccessClient({ endpoint, token: anasToken }),
    handMade,
    second,
    proxy,
    stack,
    identity: { owner: null, stack: "dev" },
    async resourceOf({ client, body }) {
      if (client === null) return nameOf(ownerIn(body));
      // Before it is adopted it has no owner.
      const [adopting] = [...handMade].find(([, { id }]) => id === client) ?? [];
      if (adopting !== undefined) return adopting;
      const row = await database.db
        .selectFrom("clients")
        .select("managedBy")
        .where("id", "=", client)
        .executeTakeFirst();
      return nameOf(row?.managedBy ?? null);
    },
    async close() {
      await proxy.close();
      await stack.close();
    },
  };
}

/** Calls the program as a step does: its stack is renamed, and its owner is in the environment. */
export async function takeIdentity(world: World, identity: Identity): Promise<void> {
  const { stack, identity: before } = world;
  if (identity.stack !== before.stack) await stack.succeed("stack", "rename", identity.stack);
  if (identity.owner !== null) stack.environment["XTREMEPUSH_OWNER"] = identity.owner;
  world.identity = identity;
}

/** Returns the last part of the URN at the end of an owner. */
export function nameOf(managedBy: string | null): string | null {
  return managedBy?.split("::").at(-1) ?? null;
}

function ownerIn(body: string): string | null {
  const { managedBy }: { managedBy?: unknown } = body === "" ? {} : JSON.parse(body);
  return typeof managedBy === "string" ? managedBy : null;
}

/** The backends of a run of the suite, one for each kind of database; each is started when it is first needed. */
export class Backends {
  readonly #started = new Map<Engine, Promise<TestBackend>>();

  on(engine: Engine): Promise<TestBackend> {
    const backend = this.#started.get(engine) ?? startTestBackend({ engine });
    this.#started.set(engine, backend);
    return backend;
  }

  async close(): Promise<void> {
    for (const backend of this.#started.values()) await (await backend).close();
  }
}
