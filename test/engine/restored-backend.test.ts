import assert from "node:assert/strict";
import { announceRestore } from "../../backend/src/changes/announce-restore";
import { type Dump, dumpDatabase, restoreDatabase } from "../support/backend/dump";
import {
  assertPlain,
  assertSaidOnce,
  DESTROY,
  type EngineBench,
  openEngineBench,
  permissionLines,
  programOf,
  REFRESH,
  UNCHANGED,
  UP,
} from "../support/engine/engine";

const SENTENCE =
  /the database of the backend was restored from an earlier backup,(?: which nobody has announced with `xtremepush-access-backend admin restored`,)? and access that was taken away since may be live again; run `pulumi refresh`, and look at `pulumi preview --diff` before you go on/;

/** An integration at this version of its secret. */
function program(secretVersion: number, ...permissions: readonly string[]): string {
  return programOf(`
    const crm = new Integration("crm", {
      name: "CRM sync",
      secretVersion: ${secretVersion},
      secretOverlap: "0s",
      permissions: ${JSON.stringify(permissions)},
    });
    exports.clientId = crm.clientId;
    exports.clientSecret = crm.clientSecret;`);
}

describe("a backend whose database was restored", function () {
  this.timeout(180_000);

  let bench: EngineBench;
  let dump: Dump;
  /** The secret that the program has ended after the backup. */
  let ended: string;
  before(async () => {
    bench = await openEngineBench("restored", { ownBackend: true });
    await bench.stack.write("index.js", program(1, "list:profile", "export:segment"));
    await bench.stack.succeed(...UP);
    ended = await secretInState();
    dump = await dumpDatabase(bench.backend.database);
    await bench.stack.write("index.js", program(2, "list:profile"));
    await bench.stack.succeed(...UP);
    await restoreDatabase(bench.backend.database, dump);
  });
  after(() => bench.close());

  const secretWorks = async (clientSecret: string) => {
    const { id } = await bench.onlyClient();
    return bench.admin.oauth.token({ clientId: id, clientSecret }).then(
      () => true,
      () => false,
    );
  };
  const announce = () =>
    announceRestore(bench.backend.database, {
      ...{ now: new Date(), madeUntil: null, endsSecrets: false, revokes: [] },
    });
  const secretInState = async () =>
    (await bench.stack.succeed("stack", "output", "clientSecret", "--show-secrets")).trim();

  it("is noticed by a preview and an up, also when nobody has announced it", async () => {
    const preview = await bench.stack.fail(...UNCHANGED);
    const up = await bench.stack.fail(...UP);

    assert.match(
      preview,
      /the state has a change of \S+, but the latest change on the backend is of \S+: the database/,
    );
    assert.match(up, SENTENCE);
    assertPlain(preview);
  });

  it("is refused by its epoch, until a refresh", async () => {
    const { epoch } = await announce();

    const preview = await bench.stack.fail(...UNCHANGED);
    const up = await bench.stack.fail(...UP);

    const sentence = `the state is of epoch 1 of the backend, which is at epoch ${epoch}: the database of the backend`;
    assertSaidOnce(preview, sentence);
    assert.ok(up.includes(sentence), up);
    assert.equal((await bench.onlyClient()).grant.permissions.length, 2);
  });

  it("is shown by a preview after a refresh, which says that the secret in the state is dead", async () => {
    const refresh = await bench.stack.succeed(...REFRESH);
    const preview = await bench.stack.succeed("preview", "--diff");

    assert.match(
      refresh,
      /the secret of version 2 in the state no longer works; declare secretVersion: 3 for a new secret/,
    );
    assert.deepEqual(permissionLines(preview), ["- export:segment: true"]);
    assert.deepEqual([await secretWorks(await secretInState()), await secretWorks(ended)], [false, true]);
  });

  it("has what is declared again after an up, with a secret that works", async () => {
    await bench.stack.write("index.js", program(3, "list:profile"));

    await bench.stack.succeed(...UP);

    assert.deepEqual((await bench.onlyClient()).grant.permissions, ["list:profile"]);
    assert.deepEqual([await secretWorks(await secretInState()), await secretWorks(ended)], [true, false]);
    await bench.stack.succeed(...UNCHANGED);
  });

  it("is left alone by a destroy until a refresh", async () => {
    await announce();

    const refused = await bench.stack.fail(...DESTROY);

    assert.match(refused, SENTENCE);
    await bench.onlyClient();
    await bench.stack.succeed(...REFRESH);
    await bench.stack.succeed(...DESTROY);
    assert.deepEqual(await bench.clients(), []);
  });
});
