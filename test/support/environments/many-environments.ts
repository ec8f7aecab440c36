import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { AccessClient } from "xtremepush-access";
import { startFaultProxy } from "../backend/fault-proxy";
import { type EnvironmentsBench, openEnvironmentsBench } from "./environments-bench";

const FILE = `version: 1
environments:
  dev:
  pr-*: { like: dev, ttl: 1s, project: "many-{name}" }
deliver:
  - client: CRM sync
    dotenv: { file: ".env.{name}", variables: { CRM_ID: clientId, CRM_SECRET: clientSecret } }
`;

const PROGRAM = `const { ApiClient, ScopeGrant } = require("pulumi-xtremepush");
const crm = new ApiClient("crm", { name: "CRM sync" });
new ScopeGrant("crm", { client: crm, permissions: ["list:tag"] });
`;

/** How many environments are set up at the same time. */
const AT_ONCE = 2;

export interface ManyOptions {
  readonly endpoint: string;
  readonly adminToken: string;
  readonly count: number;
  readonly report: (line: string) => void;
}

/**
 * Sets up short-lived environments, two at a time and each twice at once, kills a run of two of them, and reaps all of them.
 *
 * @throws AssertionError when a run fails, or something but the audit trail is left.
 */
export async function reapMany({ endpoint, adminToken, count, report }: ManyOptions): Promise<void> {
  const environment = { XTREMEPUSH_ENDPOINT: endpoint, XTREMEPUSH_TOKEN: adminToken };
  // One run reaps them all.
  const bench = await openEnvironmentsBench(environment, 240_000 + count * 60_000);
  try {
    bench.write("access-env.yaml", FILE);
    bench.write("index.js", PROGRAM);
    bench.write("Pulumi.dev.yaml", "config:\n  xtremepush:project: many-dev\n");
    const scene = new ManyEnvironments(bench, endpoint, new AccessClient({ endpoint, token: adminToken }));
    const names = Array.from({ length: count }, (_, index) => `pr-${index + 1}`);
    const [killed = "", left = "", ...others] = names;
    await scene.killUp(left);
    report(`${left}: killed`);
    await scene.killUp(killed);
    const waiting = [killed, ...others];
    const work = async () => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
        await scene.upTwice(name);
        report(`${name}: up twice at once`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    await scene.reap(names);
    report(`${names.length} environments reaped`);
    await scene.assertGone(names);
  } finally {
    await bench.close();
  }
}

class ManyEnvironments {
  readonly #bench: EnvironmentsBench;
  readonly #endpoint: string;
  readonly #admin: AccessClient;

  constructor(bench: EnvironmentsBench, endpoint: string, admin: AccessClient) {
    this.#bench = bench;
    this.#endpoint = endpoint;
    this.#admin = admin;
  }

  /** Kills a run right after the backend has made the client, which the state does not know. */
  async killUp(name: string): Promise<void> {
    const proxy = await startFaultProxy(this.#endpoint);
    const run = this.#bench.start(["up", name], { XTREMEPUSH_ENDPOINT: proxy.endpoint });
    let killed = false;
    proxy.meet(
      ({ call }) => (call === "POST clients" && !killed ? "kill-after" : null),
      async () => {
        killed = true;
        await run.kill();
      },
    );
    const { stderr } = await run.finished;
    await proxy.close();
    assert.equal(killed, true, stderr);
    assert.deepEqual(await this.#clientsOf(name), ["CRM sync"]);
  }

  async upTwice(name: string): Promise<void> {
    const both = await Promise.all([this.#bench.run("up", name), this.#bench.run("up", name)]);

    for (const { code, stderr } of both) assert.equal(code, 0, stderr);
    assert.deepEqual(await this.#clientsOf(name), ["CRM sync"]);
    assert.match(this.#bench.read(`.env.${name}`), /^CRM_ID=xpc_/);
  }

  async reap(names: readonly string[]): Promise<void> {
    const max = ["--max", String(names.length)];
    const dry = await this.#bench.json("reap", ...max);
    assert.equal(dry["dryRun"], true);
    assert.deepEqual(namesOf(dry["removed"]), [...names].sort());
    const { code, stdout, stderr } = await this.#bench.run("reap", "--yes", ...max);
    assert.equal(code, 0, `${stdout}\n${stderr}`);
    assert.equal((await this.#bench.run("reap", "--yes")).stdout, "Nothing was removed.");
  }

  /** Only the projects and the audit trail are left. */
  async assertGone(names: readonly string[]): Promise<void> {
    const { items: environments } = await this.#admin.environments.list({ program: "programs" });
    // Other tests set up environments on the same backend.
    assert.deepEqual(
      environments.filter(({ project }) => project.startsWith("many-")),
      [],
    );
    for (const name of names) {
      assert.deepEqual(await this.#clientsOf(name), []);
      const { items } = await this.#admin.audit.ofProject(`many-${name}`);
      const actions = new Set(items.map(({ action }) => action));
      for (const action of ["environment.create", "client.create", "client.delete", "environment.delete"]) {
        assert.ok(actions.has(action), `${name} has no ${action}`);
      }
    }
    const { folder } = this.#bench;
    const stacks = path.join(folder, ".access-env/state/.pulumi/stacks/programs");
    const left = [folder, stacks, path.join(folder, ".access-env/deliveries")].flatMap((each) =>
      existsSync(each) ? readdirSync(each).filter((file) => names.some((name) => isOf(name, file))) : [],
    );
    assert.deepEqual(left, []);
  }

  async #clientsOf(name: string): Promise<string[]> {
    return (await this.#admin.clients.list(`many-${name}`)).items.map((client) => client.name);
  }
}

/** `pr-1.json`, `Pulumi.pr-1.yaml` and `.env.pr-1` are of `pr-1`; what Pulumi keeps of a removed stack is not its state. */
function isOf(name: string, file: string): boolean {
  return file.split(/\.(?=pr-)|\.(?=json$|yaml$)/).includes(name);
}

function namesOf(removed: unknown): string[] {
  assert.ok(Array.isArray(removed));
  return removed.map(({ environment }) => environment).sort();
}
