import assert from "node:assert/strict";
import { composeOwner, composeUrn, RESOURCE_TYPES } from "pulumi-xtremepush/protocol";
import type { AuditEvent, Permission } from "xtremepush-access";
import {
  assertPlain,
  DESTROY,
  type EngineBench,
  openEngineBench,
  ownerOf,
  programOf,
  UNCHANGED,
  UP,
} from "../support/engine/engine";

const PROJECT = "ownership-table";

/** The owner of a resource of the same name in another Pulumi project. */
function theirs(type: keyof typeof RESOURCE_TYPES, name: string): string {
  const { token } = RESOURCE_TYPES[type];
  return composeOwner(
    "organization",
    composeUrn({ stack: "dev", pulumiProject: "others", parent: "", type: token, name }),
  );
}

const OWNERS: Readonly<Record<string, (name: string) => string | null>> = {
  nobody: () => null,
  mine: (name) => ownerOf("ScopeGrant", name),
  renamed: (name) => ownerOf("ScopeGrant", `${name}-before`),
  another: (name) => theirs("scopeGrant", name),
};
const SETS: Readonly<Record<string, readonly Permission[]>> = {
  empty: [],
  equal: ["list:segment"],
  different: ["export:segment"],
};
const CELLS = Object.keys(OWNERS).flatMap((owner) =>
  Object.keys(SETS).map((set) => ({ owner, set, name: `${owner}-${set}` })),
);

/** What a create over each cell writes; a cell that is not here is refused. */
const WRITTEN: Readonly<Record<string, readonly string[]>> = {
  "nobody-empty": ["permissions", "managedBy"],
  "nobody-equal": ["managedBy"],
  "mine-empty": ["permissions"],
  "mine-equal": [],
  "mine-different": ["permissions"],
  "renamed-empty": ["permissions", "managedBy"],
  "renamed-equal": ["managedBy"],
};
const REFUSED = CELLS.filter(({ name }) => !(name in WRITTEN));

describe("the owner and the set of a live grant decide what a new ScopeGrant does", function () {
  this.timeout(120_000);

  const ids = new Map<string, string>();
  let bench: EngineBench;
  before(async () => {
    bench = await openEngineBench(PROJECT);
    for (const { name, owner, set } of CELLS) {
      await live(name, { grantOwner: OWNERS[owner]?.(name) ?? null, permissions: SETS[set] ?? [] });
    }
  });
  after(() => bench.close());

  interface Live {
    readonly grantOwner: string | null;
    readonly permissions: readonly Permission[];
    readonly clientOwner?: string;
  }

  /** Makes a client with this grant. */
  async function live(name: string, { grantOwner, permissions, clientOwner }: Live): Promise<string> {
    const { id } = await bench.ana.clients.create(PROJECT, { name, managedBy: clientOwner ?? null });
    await bench.ana.grants.put(PROJECT, id, { permissions, managedBy: grantOwner }, { ifMatch: 0 });
    ids.set(name, id);
    return id;
  }

  const idOf = (name: string) => ids.get(name) ?? "";
  const grantOf = (name: string) => bench.admin.grants.get(PROJECT, idOf(name));
  const writeGrants = (names: readonly string[]) =>
    bench.stack.write(
      "index.js",
      programOf(
        names
          .map((name) => `new ScopeGrant("${name}", { client: "${idOf(name)}", permissions: ["list:segment"] });`)
          .join("\n"),
      ),
    );
  /** What the stack's actor has done to a client, the first change first. */
  async function record(name: string): Promise<AuditEvent[]> {
    const { items } = await bench.admin.audit.ofClient(PROJECT, idOf(name));
    return items.filter(({ actor }) => actor.name === `pipeline of ${PROJECT}`).reverse();
  }

  it("lists the cells: four owners, three sets, five of them refused", () => {
    assert.deepEqual(
      [CELLS.length, REFUSED.map(({ name }) => name)],
      [12, ["nobody-different", "renamed-different", "another-empty", "another-equal", "another-different"]],
    );
  });

  for (const { name, owner } of REFUSED) {
    it(`refuses ${name} in the preview, and changes nothing`, async () => {
      const before = await grantOf(name);
      await writeGrants([name]);

      const output = await bench.stack.fail("preview");

      const reason = {
        nobody: `client ${idOf(name)} already has permissions, set by "ana of ${PROJECT}"`,
        renamed: `aliases: ["${ownerOf("ScopeGrant", `${name}-before`).slice("organization/".length)}"]`,
        another: `the permissions of client ${idOf(name)} are managed by another program, ${theirs("scopeGrant", name)} (`,
      }[owner];
      assert.ok(output.includes(reason ?? "no reason"), output);
      assertPlain(output);
      assert.deepEqual([await grantOf(name), await record(name)], [before, []]);
    });
  }

  it("takes every other cell in one update, writes only what differs, and is done", async () => {
    await writeGrants(Object.keys(WRITTEN));

    await bench.stack.succeed(...UP);

    for (const [name, fields] of Object.entries(WRITTEN)) {
      const { permissions, managedBy } = await grantOf(name);
      assert.deepEqual([permissions, managedBy], [["list:segment"], ownerOf("ScopeGrant", name)], name);
      const events = await record(name);
      assert.deepEqual(
        events.map(({ action, after }) => [action, Object.keys(after ?? {}).sort()]),
        fields.length === 0 ? [] : [["grant.update", [...fields].sort()]],
        name,
      );
    }
    await bench.stack.succeed(...UNCHANGED);
  });

  it("takes away in a destroy what is its own, and nothing that another program has by then", async () => {
    const [taken = "", ...own] = Object.keys(WRITTEN);
    const { revision } = await grantOf(taken);
    const grant = { permissions: ["list:segment"], managedBy: theirs("scopeGrant", taken) } as const;
    await bench.ana.grants.put(PROJECT, idOf(taken), grant, { ifMatch: revision });

    const output = await bench.stack.succeed(...DESTROY);

    assert.match(output, /warning: the permissions of client xpc_\w+ stay: they are now managed by \S+::others::/);
    assert.deepEqual((await grantOf(taken)).permissions, ["list:segment"]);
    for (const name of own) {
      const { permissions, managedBy } = await grantOf(name);
      assert.deepEqual([permissions, managedBy], [[], null], name);
      assert.deepEqual((await record(name)).at(-1)?.after, { permissions: [], managedBy: null }, name);
    }
    assert.equal((await record(taken)).length, 1);
  });

  describe("beside a client of another program", () => {
    const clientOwner = theirs("apiClient", "theirs");
    let warning: string;
    before(async () => {
      const id = await live("theirs", { grantOwner: null, permissions: [], clientOwner });
      warning = `warning: client ${id} ("theirs") is managed by another program, ${clientOwner}; this grant`;
      await writeGrants(["theirs"]);
    });

    it("warns in the preview, and refuses the write of an actor that is bound to owners", async () => {
      const ownerPrefix = ownerOf("ScopeGrant", "").split("pulumi-nodejs")[0] ?? "";
      const token = await bench.backend.makeActor("editor", [PROJECT], { name: "bound", ownerPrefix });

      const preview = await bench.stack.succeed("preview");
      const refused = await bench.stack.with({ XTREMEPUSH_TOKEN: token }).fail(...UP);

      assert.ok(preview.includes(warning), preview);
      assert.ok(refused.includes(`belongs to "${clientOwner}", and the actor bound is bound to owners`), refused);
      assert.deepEqual((await grantOf("theirs")).revision, 0);
    });

    it("sets the unowned grant, and warns again", async () => {
      const output = await bench.stack.succeed(...UP);

      assert.ok(output.includes(warning), output);
      assert.equal((await grantOf("theirs")).managedBy, ownerOf("ScopeGrant", "theirs"));
      assert.deepEqual(
        (await record("theirs")).map(({ action, before }) => [action, before]),
        [["grant.update", { permissions: [], managedBy: null }]],
      );
    });
  });

  it("refuses another program's grant on a client that this program adopts, and leaves both alone", async () => {
    const grantOwner = theirs("scopeGrant", "adopted");
    const id = await live("adopted", { grantOwner, permissions: ["list:segment"] });
    await bench.stack.write(
      "index.js",
      programOf(`
        const client = new ApiClient("adopted", { name: "adopted", adopt: "${id}" });
        new ScopeGrant("adopted", { client, permissions: ["list:segment"] });`),
    );

    const output = await bench.stack.fail("preview");

    assert.ok(
      output.includes(`the permissions of client ${id} are managed by another program, ${grantOwner} (`),
      output,
    );
    const { managedBy } = await bench.admin.clients.get(PROJECT, id);
    assert.deepEqual(
      [managedBy, (await grantOf("adopted")).managedBy, await record("adopted")],
      [null, grantOwner, []],
    );
  });

  it("refuses a second grant of one client in one program", async () => {
    const id = idOf("nobody-equal");
    const grant = (name: string) => `new ScopeGrant("${name}", { client: "${id}", permissions: ["list:segment"] });`;
    await bench.stack.write("index.js", programOf(`${grant("one")}\n${grant("two")}`));

    const output = await bench.stack.fail("preview");

    assert.match(output, /already has a ScopeGrant in this program, urn:pulumi:dev::programs::\S+::(?:one|two): /);
  });
});
