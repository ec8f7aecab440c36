import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { composeOwner, composeUrn, parseOwner, RESOURCE_TYPES } from "pulumi-xtremepush/protocol";
import { type Grant, isPermission, type Permission } from "xtremepush-access";
import { Failure } from "../../../provider/src/dynamic/run/failure";
import type { Properties } from "../../../provider/src/dynamic/run/wire";
import { openHandlers, type ProviderBackend, startProviderBackend } from "../../support/provider/handlers";

const RUNS = 40;
const SEED = 20_261_129;
const PERMISSIONS = ["list:profile", "export:segment"] as const;
const TEAMS = ["red", "blue"] as const;

type Team = (typeof TEAMS)[number];

/** A grant that a program declares: on which client, by which resource name, with which permissions. */
interface Declared {
  readonly client: 0 | 1;
  readonly resource: "one" | "two";
  readonly permissions: readonly Permission[];
}

type Step =
  | { readonly kind: "up"; readonly team: Team; readonly grants: readonly Declared[] }
  | { readonly kind: "destroy" | "refresh" | "forget"; readonly team: Team }
  | { readonly kind: "release"; readonly client: 0 | 1 }
  | { readonly kind: "move"; readonly client: 0 | 1; readonly destroys: boolean };

const team = fc.constantFrom(...TEAMS);
const client = fc.constantFrom(0 as const, 1 as const);
const declared = fc.record<Declared>({
  client,
  resource: fc.constantFrom("one" as const, "two" as const),
  permissions: fc.subarray([...PERMISSIONS]),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant("up" as const), team, grants: fc.array(declared, { maxLength: 3 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom("destroy" as const, "refresh" as const, "forget" as const), team }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("release" as const), client }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("move" as const), client, destroys: fc.boolean() }) },
);

function ownerIn(pulumiProject: string, resource: string): string {
  const type = RESOURCE_TYPES.scopeGrant.token;
  return composeOwner("acme-org", composeUrn({ stack: "dev", pulumiProject, parent: "", type, name: resource }));
}

/** The state of a program: the inputs and outputs of each of its resources. */
type State = Map<string, { readonly id: string; readonly outs: Properties }>;

describe("two programs, in any order of their ups and destroys,", function () {
  this.timeout(120_000);

  let backend: ProviderBackend;
  before(async () => {
    backend = await startProviderBackend();
  });
  after(() => backend.close());

  it("change no grant that is another program's, and a refusal changes nothing", async () => {
    const reached = { refused: 0, taken: 0, emptied: 0, left: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 12 }), async (steps) => {
        const world = await openWorld(backend, reached);
        for (const each of steps) await world.take(each);
      }),
      { seed: SEED, numRuns: RUNS, endOnFailure: true },
    );

    // A test that refuses or changes nothing shows nothing.
    for (const [what, count] of Object.entries(reached)) assert.ok(count >= 10, `${what}: ${count}`);
  });
});

interface Reached {
  refused: number;
  taken: number;
  emptied: number;
  /** Deletes that met another program's grant. */
  left: number;
}

async function openWorld(backend: ProviderBackend, reached: Reached) {
  const { admin } = backend;
  const ids = await Promise.all(
    [0, 1].map(async () => (await admin.clients.create("acme", { name: randomUUID() })).id),
  );
  const states: Record<Team, State> = { red: new Map(), blue: new Map() };
  const live = () => Promise.all(ids.map((id) => admin.grants.get("acme", id)));

  /** Runs one call of a handler, checks what it did to the live grants, and answers null when it refused. */
  async function call<Answer>(by: Team, held: boolean, work: () => Promise<Answer>): Promise<Answer | null> {
    const before = await live();
    const statesBefore = structuredClone(states);
    const answer = await work().catch((error: unknown) => {
      assert.ok(error instanceof Failure, String(error));
      return null;
    });
    const after = await live();
    assert.deepEqual(states, statesBefore);
    if (answer === null) {
      reached.refused += 1;
      assert.deepEqual(after, before);
    }
    for (const [index, grant] of before.entries()) assertOwnChange({ by, held, before: grant, after: after[index] });
    reached.taken += before.filter(
      (grant, index) => grant.managedBy === null && after[index]?.managedBy !== null,
    ).length;
    reached.emptied += before.filter(
      ({ permissions }, index) => permissions.length > (after[index]?.permissions.length ?? 0),
    ).length;
    return answer;
  }

  async function up(by: Team, grants: readonly Declared[]): Promise<void> {
    const { scopeGrant } = await openHandlers(backend.environment);
    const state = states[by];
    const programs = new Map(grants.map((grant) => [grant.resource, inputsOf(by, grant)]));
    for (const [resource, news] of programs) {
      const olds = state.get(resource)?.outs;
      const checked = await call(by, false, async () => {
        const { failures, inputs } = await scopeGrant.check(olds === undefined ? {} : declaredIn(olds), news);
        if (failures.length > 0) throw new Failure(failures[0]?.reason ?? "");
        return inputs;
      });
      // The engine ends a run at the first refusal.
      if (checked === null) return;
      if (!(await apply(by, resource, checked))) return;
    }
    for (const resource of [...state.keys()].filter((name) => !programs.has(name as Declared["resource"]))) {
      await remove(by, resource);
    }
  }

  /** Creates, updates or replaces one resource. */
  async function apply(by: Team, resource: string, news: Properties): Promise<boolean> {
    const { scopeGrant } = await openHandlers(backend.environment);
    const state = states[by];
    const existing = state.get(resource);
    if (existing !== undefined && existing.id !== news["client"] && !(await remove(by, resource))) return false;
    const kept = state.get(resource);
    if (kept === undefined) {
      const created = await call(by, false, () => scopeGrant.create(news));
      if (created !== null) state.set(resource, created);
      return created !== null;
    }
    const { changes } = await scopeGrant.diff(kept.id, kept.outs, news);
    if (changes === false) return true;
    const updated = await call(by, true, () => scopeGrant.update(kept.id, kept.outs, news));
    if (updated !== null) state.set(resource, { id: kept.id, outs: updated.outs });
    return updated !== null;
  }

  async function remove(by: Team, resource: string): Promise<boolean> {
    const { scopeGrant } = await openHandlers(backend.environment);
    const existing = states[by].get(resource);
    if (existing === undefined) return true;
    const done = await call(by, true, async () => {
      const { managedBy } = await admin.grants.get("acme", existing.id);
      if (managedBy !== null && !isOf(by, managedBy)) reached.left += 1;
      await scopeGrant.delete(existing.id, existing.outs);
      return true;
    });
    if (done !== null) states[by].delete(resource);
    return done !== null;
  }

  async function refresh(by: Team): Promise<void> {
    const { scopeGrant } = await openHandlers(backend.environment);
    for (const [resource, { id, outs }] of [...states[by]]) {
      const { props } = await scopeGrant.read(id, outs);
      if (props !== undefined) states[by].set(resource, { id, outs: props });
    }
  }

  /** A grant goes from its program to the other one, while the state of the first one still has it, which it may destroy. */
  async function move(index: 0 | 1, destroys: boolean): Promise<void> {
    const [grant] = (await live()).slice(index);
    const from = TEAMS.find((one) => isOf(one, grant?.managedBy ?? null));
    if (grant === undefined || from === undefined) return;
    await release(index);
    const permissions = grant.permissions.filter(isPermission);
    await up(from === "red" ? "blue" : "red", [{ client: index, resource: "one", permissions }]);
    await refresh(from);
    if (destroys) await destroy(from);
  }

  async function destroy(by: Team): Promise<void> {
    for (const resource of [...states[by].keys()]) await remove(by, resource);
  }

  async function release(index: 0 | 1): Promise<void> {
    const id = ids[index] ?? "";
    const { permissions, revision } = await admin.grants.get("acme", id);
    await admin.grants.put(
      "acme",
      id,
      { permissions: permissions as Permission[], managedBy: null },
      { ifMatch: revision },
    );
  }

  const inputsOf = (by: Team, { client: index, resource, permissions }: Declared): Properties => ({
    client: ids[index],
    permissions: Object.fromEntries(permissions.map((id) => [id, true])),
    managedBy: ownerIn(by, resource),
  });

  return {
    async take(each: Step): Promise<void> {
      if (each.kind === "release") return release(each.client);
      if (each.kind === "move") return move(each.client, each.destroys);
      if (each.kind === "up") return up(each.team, each.grants);
      if (each.kind === "refresh") return refresh(each.team);
      // A program that loses its state stays the owner of what it had.
      if (each.kind === "forget") return states[each.team].clear();
      return destroy(each.team);
    },
  };
}

function declaredIn({ client: id, permissions, managedBy }: Properties): Properties {
  return { client: id, permissions, managedBy };
}

/** Whether an owner is a resource of a program. */
function isOf(by: Team, managedBy: string | null): boolean {
  return managedBy !== null && parseOwner(managedBy)?.program === parseOwner(ownerIn(by, "one"))?.program;
}

interface Change {
  readonly by: Team;
  /** Whether the state of the program has the grant. */
  readonly held: boolean;
  readonly before: Grant;
  readonly after: Grant | undefined;
}

/**
 * A program changes its own grants, and unowned ones: one that it does not hold only when it was empty or its permissions
 * stay.
 */
function assertOwnChange({ by, held, before, after }: Change): void {
  if (before.revision === after?.revision) {
    assert.deepEqual(after, before);
    return;
  }
  if (before.managedBy !== null) {
    const [theirs, ours] = [before.managedBy, ownerIn(by, "one")].map((owner) => parseOwner(owner)?.program);
    assert.equal(theirs, ours, `${by} changed the grant of ${before.managedBy}`);
    return;
  }
  if (!held && before.permissions.length > 0) assert.deepEqual(after?.permissions, before.permissions);
}
