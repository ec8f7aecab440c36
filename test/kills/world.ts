import { AccessClient } from "xtremepush-access";
import type { TestBackend } from "../support/backend/backend";
import { type EnvironmentsBench, openEnvironmentsBench } from "../support/environments/environments-bench";

/** A command that is killed. */
export type Command = "up" | "rotate" | "down";

/** What the command line gets for a command. */
export function argumentsOf(command: Command, environment: string): readonly string[] {
  return command === "rotate" ? ["up", environment, "--rotate", "CRM sync"] : [command, environment];
}

/** A program with environments that are set up, rotated and taken down. */
export interface World {
  readonly bench: EnvironmentsBench;
  readonly admin: AccessClient;
  /** Gets no actor's token: it asks for tokens of clients. */
  readonly anybody: AccessClient;
  /** How long each command takes at least when nobody kills it, in milliseconds. */
  readonly durations: Record<Command, number>;
  close(): Promise<void>;
}

const FILE = `version: 1
environments:
  dev:
  killed-*: { like: dev, project: "{name}" }
deliver:
  - client: CRM sync
    dotenv: { file: ".env.{name}", variables: { CRM_ID: clientId, CRM_SECRET: clientSecret } }
  - client: CRM sync
    stdin:
      command: [sh, -c, "cat > got.{name}.new && mv got.{name}.new got.{name}.json"]
      remove: [rm, -f, "got.{name}.json"]
`;

const PROGRAM = `
const { ApiClient, ScopeGrant } = require("pulumi-xtremepush");
const crm = new ApiClient("crm", { name: "CRM sync" });
new ScopeGrant("crm", { client: crm, permissions: ["list:tag"] });
`;

/** Opens a world on a backend, and measures its commands; the first ones take longer. */
export async function openWorld({ endpoint, adminToken }: TestBackend): Promise<World> {
  const bench = await openEnvironmentsBench({ XTREMEPUSH_ENDPOINT: endpoint, XTREMEPUSH_TOKEN: adminToken });
  bench.write("access-env.yaml", FILE);
  bench.write("index.js", PROGRAM);
  bench.write("Pulumi.dev.yaml", "config:\n  xtremepush:project: dev\n");
  const measure = async (command: Command) => {
    const start = performance.now();
    await bench.json(...argumentsOf(command, "killed-0"));
    return performance.now() - start;
  };
  const measureAll = async () => ({
    ...{ up: await measure("up"), rotate: await measure("rotate"), down: await measure("down") },
  });
  await measureAll();
  const durations = await measureAll();
  return {
    bench,
    durations,
    admin: new AccessClient({ endpoint, token: adminToken }),
    anybody: new AccessClient({ endpoint }),
    close: () => bench.close(),
  };
}
