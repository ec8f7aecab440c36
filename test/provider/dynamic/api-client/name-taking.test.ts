import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { RESOURCE_MODULE } from "pulumi-xtremepush/protocol";
import { ConflictError } from "xtremepush-access";
import { LeftAside, takeName } from "../../../../provider/src/dynamic/api-client/name-taking";
import { passingName } from "../../../../provider/src/dynamic/api-client/passing-name";
import { Declarations } from "../../../../provider/src/dynamic/run/declarations";
import { HandOvers, type Patience } from "../../../../provider/src/dynamic/run/hand-overs";
import type { Connection } from "../../../../provider/src/dynamic/run/session";
import type { Properties } from "../../../../provider/src/dynamic/run/wire";
import {
  openHandlers,
  PROVIDER_TEXT,
  type ProviderBackend,
  startProviderBackend,
  stateOf,
} from "../../../support/provider/handlers";
import { startWatchingProxy } from "../../../support/sdk/watching-proxy";

const PATIENT: Patience = { absent: 60_000, stuck: 60_000, total: 60_000 };

describe("the name of a client that another client has", function () {
  this.timeout(60_000);

  let backend: ProviderBackend;
  before(async () => {
    backend = await startProviderBackend();
  });
  after(() => backend.close());

  const urnOf = (resource: string) => `urn:pulumi:dev::programs::${RESOURCE_MODULE}:ApiClient::${resource}`;
  const ownerOf = (resource: string) => `acme-org/${urnOf(resource)}`;

  interface Made {
    readonly id: string;
    readonly name: string;
    readonly inputs: Properties;
    readonly state: Properties;
    readonly owner: string;
    /** The inputs with another name. */
    readonly named: (name: string) => Properties;
  }
  /** Clients of one program, each by a resource of its own, and the process of a later run. */
  async function openRun(count: number, patience = PATIENT) {
    const { apiClient } = await openHandlers(backend.environment);
    const made: Made[] = [];
    for (let index = 0; index < count; index += 1) {
      const [resource, name] = [randomUUID(), `client ${randomUUID()}`];
      const inputs = { name, managedBy: ownerOf(resource), secretVersion: 1 };
      const { id, outs } = await apiClient.create(inputs);
      const named = (other: string) => ({ ...inputs, name: other });
      made.push({ id, name, inputs, state: stateOf(outs), owner: ownerOf(resource), named });
    }
    return { made, run: await openHandlers(backend.environment, {}, patience) };
  }
  type Run = Awaited<ReturnType<typeof openRun>>["run"];

  /** Checks and compares, as the engine does before a change. */
  async function plan({ apiClient }: Run, client: Made, name: string) {
    const { failures } = await apiClient.check(client.inputs, client.named(name));
    await apiClient.diff(client.id, client.state, client.named(name));
    return failures.map(({ reason }) => reason);
  }
  async function rename(run: Run, client: Made, name: string) {
    await plan(run, client, name);
    return run.apiClient.update(client.id, client.state, client.named(name));
  }
  /** An owner after another XTREMEPUSH_OWNER. */
  const renamed = (owner: string) => owner.replace(/^acme-org\//, "acme-new/");
  /** A client whose program has that owner now. */
  const ofRenamed = (client: Made): Made => ({
    ...client,
    named: (name) => ({ ...client.named(name), managedBy: renamed(client.owner) }),
  });
  const at = (made: readonly Made[], index: number) => made[index] ?? assert.fail("no client");
  const liveName = async (id: string) => (await backend.admin.clients.get("acme", id)).name;
  /** The names of a client in the audit trail, the latest first. */
  async function namesOf(id: string) {
    const names: unknown[] = [];
    for await (const { after } of backend.admin.audit.ofClient("acme", id)) names.push(after?.["name"]);
    return names;
  }

  describe("in the process of another explicit Provider", () => {
    it("is taken after a while, when that one has given it up meanwhile", async () => {
      const { made, run } = await openRun(2, { ...PATIENT, absent: 2_000 });
      const [a, b] = [at(made, 0), at(made, 1)];
      const other = await openHandlers(backend.environment);

      const renaming = rename(run, a, b.name);
      await rename(other, b, `new ${b.name}`);
      await renaming;

      assert.deepEqual([await liveName(a.id), await liveName(b.id)], [b.name, `new ${b.name}`]);
    });
  });

  describe("in the preview", () => {
    it("is refused for a new client and for a renamed one, with the owner, when the program does not have it", async () => {
      const { made, run } = await openRun(1);
      const [byHand, other] = [`by hand ${randomUUID()}`, `other ${randomUUID()}`];
      const { id } = await backend.admin.clients.create("acme", { name: byHand });
      const managedBy = ownerOf("crm").replace(":dev::", ":prod::");
      const { id: otherId } = await backend.admin.clients.create("acme", { name: other, managedBy });

      const { failures } = await run.apiClient.check({}, { name: byHand, managedBy: ownerOf("new") });

      assert.deepEqual(failures, [
        {
          property: "",
          reason: `the name "${byHand}" is taken by client ${id}, which no program manages (last changed by admin); choose another name, or adopt that client with adopt: "${id}"`,
        },
      ]);
      assert.deepEqual(await plan(run, at(made, 0), other), [
        `the name "${other}" is taken by client ${otherId}, which ${managedBy} manages (last changed by admin); choose another name`,
      ]);
    });

    it("passes without a word when the resource that has it gets another one", async () => {
      const { made, run } = await openRun(3);
      const [a, b, c] = [at(made, 0), at(made, 1), at(made, 2)];

      for (const client of [b, c]) assert.deepEqual(await plan(run, client, `new ${client.name}`), []);
      assert.deepEqual(await plan(run, a, b.name), []);
      const { failures } = await run.apiClient.check({}, { name: c.name, managedBy: ownerOf("new") });

      assert.deepEqual([failures, run.warnings], [[], []]);
    });

    it("passes with a warning while that resource has not declared another one", async () => {
      const { made, run } = await openRun(3);
      const [a, b, c] = [at(made, 0), at(made, 1), at(made, 2)];

      assert.deepEqual(await plan(run, a, b.name), []);
      await run.apiClient.check({}, { name: c.name, managedBy: ownerOf("new") });

      const [urnB, urnC] = [b, c].map(({ owner }) => owner.slice("acme-org/".length));
      const start = ({ id, name }: Made, urn = "") =>
        `the name "${name}" is taken by client ${id}, which a resource of this stack manages: if ${urn} gets another name in this run, this one waits for it\nif you removed`;
      assert.deepEqual(run.warnings, [
        `${start(b, urnB)} ${urnB}, take two steps, because deletes come last in a run: \`pulumi up\` with the former name here, then \`pulumi up\` with this one`,
        `${start(c, urnC)} that resource, take two steps, because deletes come last in a run: \`pulumi up\` without this new one, then \`pulumi up\` with it\nif the program no longer declares that resource because you renamed it, add this to the options of the new one to keep it:\n  aliases: ["${urnC}"]`,
      ]);
    });

    it("passes when the run renames the program, whichever resource shows that first", async () => {
      const { made, run } = await openRun(3);
      const [a, b, c] = [at(made, 0), at(made, 1), at(made, 2)];

      assert.deepEqual(await plan(run, ofRenamed(a), b.name), []);
      assert.deepEqual(await plan(run, ofRenamed(b), `new ${b.name}`), []);
      await plan(run, ofRenamed(c), `new ${c.name}`);
      const { failures } = await run.apiClient.check({}, { name: c.name, managedBy: renamed(ownerOf("new")) });

      assert.deepEqual(failures, []);
      assert.match(
        run.warnings.join("\n"),
        /^the name "client [\w-]+" is taken .* a resource of this stack manages: if /,
      );
      assert.equal(run.warnings.length, 1);
    });

    it("names the two steps to a new client that is checked before the rename of the program shows", async () => {
      const { made, run } = await openRun(1);
      const { name } = at(made, 0);

      const { failures } = await run.apiClient.check({}, { name, managedBy: renamed(ownerOf("new")) });

      assert.match(
        failures[0]?.reason ?? "",
        /; if that is this program before its owner or stack was renamed, run `pulumi up` without this new resource first; otherwise choose another name$/,
      );
    });

    it("passes for the own client, after an interrupted run", async () => {
      const { made, run } = await openRun(1);
      const { name, owner } = at(made, 0);

      const { failures } = await run.apiClient.check({}, { name, managedBy: owner });

      assert.deepEqual([failures, run.warnings], [[], []]);
    });
  });

  describe("in one run", () => {
    it("shifts: each client waits for the one before it, and is written once", async () => {
      const { made, run } = await openRun(3);
      const [a, b, c] = [at(made, 0), at(made, 1), at(made, 2)];
      const fresh = `new ${c.name}`;

      const updates = [rename(run, a, b.name), rename(run, b, c.name), rename(run, c, fresh)];
      const names = (await Promise.all(updates)).map(({ outs }) => [outs["name"], outs["revision"]]);

      assert.deepEqual(names, [
        [b.name, 2],
        [c.name, 2],
        [fresh, 2],
      ]);
    });

    it("swaps in the run that renames the program, and gives each client its new owner", async () => {
      const { made, run } = await openRun(2);
      const [a, b] = [at(made, 0), at(made, 1)];

      await Promise.all([rename(run, ofRenamed(a), b.name), rename(run, ofRenamed(b), a.name)]);

      const live = await Promise.all(made.map(({ id }) => backend.admin.clients.get("acme", id)));
      assert.deepEqual(
        live.map(({ name, managedBy }) => [name, managedBy]),
        [
          [b.name, renamed(a.owner)],
          [a.name, renamed(b.owner)],
        ],
      );
    });

    it("hands a name over to a new client", async () => {
      const { made, run } = await openRun(1);
      const a = at(made, 0);

      const creation = run.apiClient.create({ name: a.name, managedBy: ownerOf(randomUUID()) });
      await rename(run, a, `new ${a.name}`);

      const { outs } = await creation;
      assert.deepEqual([outs["name"], await liveName(a.id)], [a.name, `new ${a.name}`]);
    });

    it("hands the name of a client over that is deleted to be replaced", async () => {
      const { made, run } = await openRun(2);
      const [a, b] = [at(made, 0), at(made, 1)];

      const update = rename(run, a, b.name);
      await run.apiClient.delete(b.id, b.state);

      assert.equal((await update).outs["name"], b.name);
    });

    for (const count of [2, 3]) {
      it(`turns a circle of ${count}, and one client has a passing name meanwhile`, async () => {
        const { made, run } = await openRun(count);
        const next = (index: number) => at(made, (index + 1) % count).name;

        await Promise.all(made.map((client, index) => rename(run, client, next(index))));

        const names = await Promise.all(made.map(({ id }) => namesOf(id)));
        const passing = made.filter(({ id }, index) => names[index]?.includes(passingName(id)));
        assert.equal(passing.length, 1);
        for (const [index, { id, name }] of made.entries()) {
          const between = passing.some((client) => client.id === id) ? [passingName(id)] : [];
          assert.deepEqual(names[index], [next(index), ...between, name]);
        }
      });
    }

    it("gets its name in the next run when a crash left the passing one", async () => {
      const { made, run } = await openRun(1);
      const a = at(made, 0);
      await backend.admin.clients.update("acme", a.id, { name: passingName(a.id) }, { ifMatch: 1 });
      const name = `new ${a.name}`;

      const { outs } = await run.apiClient.update(a.id, a.state, { ...a.named(name), description: "also new" });

      assert.deepEqual([outs["name"], outs["description"], outs["revision"]], [name, "also new", 3]);
    });

    it("is not taken from somebody who changed the client after the crash", async () => {
      const { made, run } = await openRun(1);
      const a = at(made, 0);
      await backend.admin.clients.update("acme", a.id, { name: passingName(a.id) }, { ifMatch: 1 });
      await backend.admin.clients.update("acme", a.id, { description: "by hand" }, { ifMatch: 2 });

      await assert.rejects(run.apiClient.update(a.id, a.state, a.named("new")), { message: /changed by admin/ });
    });
  });

  describe("that is not given up", () => {
    const HASTY: Patience = { absent: 1, stuck: 1, total: 60_000 };

    it("names the two steps, since the engine deletes last", async () => {
      const { made, run } = await openRun(2, HASTY);
      const [a, b] = [at(made, 0), at(made, 1)];

      await assert.rejects(rename(run, a, b.name), {
        message: `the name "${b.name}" is taken by client ${b.id}, which a resource of this stack manages\nif ${b.owner.slice("acme-org/".length)} gets another name in this run, the engine did not get to it meanwhile: run \`pulumi up --parallel N\` with an N above the number of clients that change names; with two explicit Providers, swap names in two steps\nif you removed ${b.owner.slice("acme-org/".length)}, take two steps, because deletes come last in a run: \`pulumi up\` with the former name here, then \`pulumi up\` with this one`,
      });
      assert.equal(await liveName(a.id), a.name);
    });

    it("gives no aliases line when the resource is in the program: the engine did not start its change", async () => {
      const { made, run } = await openRun(1, HASTY);
      const a = at(made, 0);
      await plan(run, a, `new ${a.name}`);

      await assert.rejects(run.apiClient.create({ name: a.name, managedBy: ownerOf("new") }), {
        message: `the name "${a.name}" is taken by client ${a.id}, which gives it up in this run, but the engine did not start its change, ${a.owner.slice("acme-org/".length)}, meanwhile: run \`pulumi up --parallel N\` with an N above the number of clients that change names, or take two steps: free names first, then these`,
      });
    });

    it("gives no aliases line when the resource is in the program and keeps its name", async () => {
      const { made, run } = await openRun(1, HASTY);
      const { id, name, owner, inputs } = at(made, 0);
      await run.apiClient.check(inputs, inputs);

      await assert.rejects(run.apiClient.create({ name, managedBy: ownerOf("new") }), {
        message: `the name "${name}" is taken by client ${id}, which a resource of this stack manages: ${owner.slice("acme-org/".length)}, which is in the program and keeps it; choose another name`,
      });
    });

    it("does not say that a client of the stack of before is of this one, when a resource moved from there", async () => {
      const { made, run } = await openRun(2, HASTY);
      const [a, b] = [at(made, 0), at(made, 1)];

      await assert.rejects(rename(run, ofRenamed(a), b.name), {
        message: `the name "${b.name}" is taken by client ${b.id}, which ${b.owner} manages (last changed by pipeline); if that is this program before its owner or stack was renamed, run \`pulumi up\` with the former name here first; otherwise choose another name`,
      });
    });

    it("names the two steps when an alias gives a resource the name of one that has a client", async () => {
      const { made, run } = await openRun(2, HASTY);
      const [a, b] = [at(made, 0), at(made, 1)];

      await assert.rejects(run.apiClient.update(a.id, a.state, { ...a.inputs, managedBy: b.owner }), {
        message: `client ${b.id} ("${b.name}") belongs to ${b.owner.slice("acme-org/".length)}, the name that this resource gets by an alias: a resource has one client. Take two steps: \`pulumi up\` with a name here that no other resource has had, after that resource has another name or is removed, then \`pulumi up\` with this one`,
      });
    });

    it("fails with the change that should have given it up", async () => {
      const { made, run } = await openRun(2);
      const [a, b] = [at(made, 0), at(made, 1)];
      await backend.admin.clients.update("acme", b.id, { description: "by hand" }, { ifMatch: 1 });

      const [first, second] = await Promise.allSettled([rename(run, a, b.name), rename(run, b, `new ${b.name}`)]);

      assert.equal(second.status, "rejected");
      assert.ok(first.status === "rejected");
      assert.match(first.reason.message, /, but its own change, urn:.*, failed: correct that one, then run/);
    });
  });

  describe("in a circle that breaks", () => {
    it("leaves the name and the revision that the client now has in the state, for the next run", async () => {
      const { made } = await openRun(2);
      const [a, b] = [at(made, 0), at(made, 1)];
      const proxy = await startWatchingProxy(backend.endpoint);
      const environment = { ...backend.environment, XTREMEPUSH_ENDPOINT: proxy.endpoint };
      const run = await openHandlers(environment, {}, PATIENT);
      const wanted = [a.named(b.name), b.named(a.name)] as const;
      // The backend makes the change, and its answer is lost.
      proxy.onAnswer = async (request) => {
        const changed = made.findIndex(({ id }) => request === `PATCH /v1/projects/acme/clients/${id}`);
        return changed >= 0 && (await liveName(at(made, changed).id)) === wanted[changed]?.["name"] ? 403 : undefined;
      };

      const failures = await Promise.allSettled(
        made.map(({ id, state }, index) =>
          run.apiClient.update(id, state, { ...wanted[index], __provider: PROVIDER_TEXT }),
        ),
      );
      await proxy.close();

      const aside = failures.findIndex((failure) => failure.status === "rejected" && "properties" in failure.reason);
      const left = at(made, aside);
      const failure = failures[aside];
      assert.ok(failure?.status === "rejected");
      const { id, properties, reasons } = failure.reason;
      const { name, revision, owner, __provider } = properties;
      assert.deepEqual(
        [id, name, revision, owner, __provider],
        [left.id, passingName(left.id), 2, left.owner, PROVIDER_TEXT],
      );
      assert.match(
        reasons[0],
        /failed: correct that one.*\nits name is "xpc_.* \(being renamed\)" until the next `pulumi up`$/,
      );
      const { apiClient } = await openHandlers(backend.environment);
      for (const [index, client] of made.entries()) {
        const state = index === aside ? stateOf(properties) : client.state;
        const { outs } = await apiClient.update(client.id, state, wanted[index] ?? {});
        assert.equal(stateOf(outs)["clientSecret"], client.state["clientSecret"]);
      }
      assert.deepEqual([await liveName(a.id), await liveName(b.id)], [b.name, a.name]);
    });

    const conflict = new ConflictError("taken", {
      ...{ code: "name_taken", status: 409, detail: "taken" },
      current: { id: "xpc_b", name: "B", managedBy: ownerOf("b"), revision: 1, updatedBy: "ana", updatedTime: null },
    });
    /** Renames A to B while B waits for A; B's change then fails. */
    async function breakCircle(rename: (name: string) => Promise<unknown>) {
      const handOvers = new HandOvers(PATIENT);
      const b = handOvers.wait({ taker: "xpc_b", holder: "xpc_a", name: "A", since: 0, isAside: false });
      const taking = takeName({ handOvers, declarations: new Declarations() } as Connection, {
        ...{ name: "B", managedBy: ownerOf("a"), isNew: false },
        write: () => Promise.reject(conflict),
        leaver: { id: "xpc_a", name: "A", rename: rename as (name: string) => Promise<never> },
      });
      await b;
      const failed = handOvers.during("xpc_b", () => Promise.reject(new Error("B fails")));
      await Promise.allSettled([failed]);
      return taking.then(assert.fail, (error: unknown) => error);
    }

    it("takes the former name back", async () => {
      const names: string[] = [];

      const error = await breakCircle(async (name) => {
        names.push(name);
        return { name };
      });

      assert.deepEqual(names, [passingName("xpc_a"), "A"]);
      assert.ok(error instanceof LeftAside);
      assert.equal(error.client.name, "A");
      assert.match(error.message, /its own change, .*, failed/);
    });

    it("reports the passing name when the former one is gone, so that the state has it", async () => {
      const error = await breakCircle(async (name) => (name === "A" ? Promise.reject(conflict) : { name }));

      assert.ok(error instanceof LeftAside);
      assert.equal(error.client.name, passingName("xpc_a"));
    });
  });
});
