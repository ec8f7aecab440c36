import { readFile } from "node:fs/promises";
import path from "node:path";
import { AccessClient } from "xtremepush-access";
import type { AuditEvent } from "xtremepush-access/schemas";
import { readProgram } from "xtremepush-access-review";
import { lockText, readLock } from "../../review/src/lock/lock-file";
import type { Manifest } from "../../review/src/model/manifest";
import { PulumiStack, type StackHost } from "../../scripts/pulumi-stack";
import { keyOf } from "../faults/program";
import type { TestBackend } from "../support/backend/backend";
import { collected } from "../support/sdk/collected";
import { firstKey, type Program, textOf } from "./program";

/** A stack with a project of its own, whose programs are reviewed before they are deployed. */
export interface World {
  readonly stack: PulumiStack;
  /** Writes a version of the program, and makes by hand what it adopts. */
  write(program: Program): Promise<void>;
  /** The lock file of the version that is written, as it is read again. */
  lock(): Promise<Manifest>;
  /** All audit rows of the project, the oldest first. */
  trail(): Promise<readonly AuditEvent[]>;
  /** The live clients that a program has made or given permissions, and that are no longer in its state. */
  unmanaged(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly project: string;
  readonly backend: TestBackend;
  readonly under?: string | undefined;
  readonly host?: StackHost | undefined;
}

export async function openWorld({ project, backend, under, host }: WorldOptions): Promise<World> {
  const { endpoint, adminToken } = backend;
  const admin = new AccessClient({ endpoint, token: adminToken });
  await admin.projects.create({ slug: project });
  const token = await backend.makeActor("editor", [project], { name: `pipeline of ${project}` });
  const environment = { XTREMEPUSH_ENDPOINT: endpoint, XTREMEPUSH_PROJECT: project, XTREMEPUSH_TOKEN: token };
  const stack = await PulumiStack.open({ environment, ...(under && { under }), ...(host && { host }) });
  const settings = path.join(stack.folder, "Pulumi.dev.yaml");
  const ownSettings = await readFile(settings, "utf8").catch(() => "");
  const handMade = new Map<string, string>();
  return {
    stack,
    async write(program) {
      await makeByHand({ admin, project, handMade }, program);
      const { owner } = program;
      await stack.write(
        "Pulumi.dev.yaml",
        owner === null ? ownSettings : `${ownSettings}config:\n  xtremepush:owner: ${owner}\n`,
      );
      await stack.write("index.js", textOf(program, { endpoint, project, handMade }));
    },
    lock: async () => readLock(lockText(await readProgram({ folder: stack.folder, stack: "dev" })), "the lock file"),
    trail: async () => (await collected(admin.audit.ofProject(project))).toReversed(),
    unmanaged: () => unmanaged({ admin, project, stack }),
    close: () => stack.close(),
  };
}

interface HandMaking {
  readonly admin: AccessClient;
  readonly project: string;
  readonly handMade: Map<string, string>;
}

async function makeByHand({ admin, project, handMade }: HandMaking, { clients }: Program): Promise<void> {
  for (const client of clients) {
    const { origin, name, secretVersion, labels, permissions } = client;
    const key = firstKey(client);
    if (origin === "program" || handMade.has(key)) continue;
    const publicKeys = Object.fromEntries(labels.map((label) => [label, keyOf(label).pem]));
    const { id } = await admin.clients.create(project, { name, secretVersion, publicKeys });
    if (origin !== "elsewhere") await admin.grants.put(project, id, { permissions: permissions ?? [] }, { ifMatch: 0 });
    if (origin === "deleted") await admin.clients.delete(project, id, { ifMatch: 1 });
    handMade.set(key, id);
  }
}

/** Reads the state without the CLI, which takes half a second. */
async function unmanaged({ admin, project, stack }: Pick<HandMaking, "admin" | "project"> & Pick<World, "stack">) {
  const state = await readFile(path.join(stack.folder, "state/.pulumi/stacks/programs/dev.json"), "utf8");
  const held = new Set<string>();
  for (const { urn, id } of JSON.parse(state).checkpoint.latest.resources ?? []) {
    const [, type] = /xtremepush:(ApiClient|ScopeGrant)::/.exec(urn) ?? [];
    if (type !== undefined) held.add(`${type} ${id}`);
  }
  const live = await collected(admin.clients.list(project));
  return live
    .filter(
      ({ id, managedBy, grant }) =>
        (managedBy !== null && !held.has(`ApiClient ${id}`)) ||
        (grant.managedBy !== null && grant.permissions.length > 0 && !held.has(`ScopeGrant ${id}`)),
    )
    .map(({ id }) => id);
}
