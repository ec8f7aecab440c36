import assert from "node:assert/strict";
import { createServer } from "node:net";
import {
  assertPlain,
  assertSaidOnce,
  crmProgram,
  DESTROY,
  type EngineBench,
  openEngineBench,
  REFRESH,
  UP,
} from "../support/engine/engine";

describe("a run that cannot see its project leaves the state as it is", function () {
  this.timeout(60_000);

  let bench: EngineBench;
  before(async () => {
    bench = await openEngineBench("lost-access");
    await bench.admin.projects.create({ slug: "lost-access-elsewhere" });
    await bench.stack.write("index.js", crmProgram("list:segment"));
    await bench.stack.succeed(...UP);
  });
  after(() => bench.close());

  /** What the state knows, without what every export makes again: the cipher texts, and how the engine notes no dependency. */
  async function resources(): Promise<Record<string, unknown>[]> {
    const { deployment } = JSON.parse(await bench.stack.succeed("stack", "export", "--show-secrets"));
    const resources = deployment.resources as Record<string, unknown>[];
    return resources.map(({ urn, id, inputs, outputs }) => ({ urn, id, inputs, outputs }));
  }

  /**
   * The same after a run that failed. The engine forgets a grant that goes with its client before it has deleted the client:
   * the next `up` finds that grant as it is.
   */
  async function remembered(): Promise<Record<string, unknown>[]> {
    const left = await resources();
    if (left.some(({ urn }) => String(urn).includes(":ScopeGrant::"))) return left;
    await bench.stack.succeed(...UP);
    return resources();
  }

  for (const command of [REFRESH, DESTROY, UP]) {
    it(`fails in ${command[0]} with a token that has lost the project`, async () => {
      const before = await resources();
      const token = await bench.backend.makeActor("editor", ["lost-access-elsewhere"]);

      const output = await bench.stack.with({ XTREMEPUSH_TOKEN: token }).fail(...command);

      assert.match(output, /error: .*there is no project "lost-access", or the actor may not see it/);
      assertSaidOnce(output, 'there is no project "lost-access"');
      assertPlain(output, token);
      assert.deepEqual(await remembered(), before);
      assert.deepEqual((await bench.onlyClient()).grant.permissions, ["list:segment"]);
    });
  }

  for (const command of [REFRESH, DESTROY]) {
    it(`names the address in ${command[0]} when no backend is there`, async () => {
      const before = await resources();
      const endpoint = `http://127.0.0.1:${await closedPort()}`;

      const output = await bench.stack.with({ XTREMEPUSH_ENDPOINT: endpoint }).fail(...command);

      assert.ok(output.includes(endpoint), output);
      assertPlain(output, bench.token);
      assert.deepEqual(await remembered(), before);
    });
  }
});

/** A port of this machine on which nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  if (address === null || typeof address === "string") throw new Error("no port was found");
  return address.port;
}
