import { urnPrefix } from "pulumi-xtremepush/protocol";
import { type AccessDiff, compare, type Manifest, NO_ENGINE_OPTIONS, readProgram } from "xtremepush-access-review";
import { findEnvironment } from "../file/find-environment";
import { readAccessEnv } from "../file/read-access-env";
import { configurationOf } from "../pulumi/stack-template";
import { readProject } from "../pulumi/workspace";

/** What one environment may do that another one may not. */
export interface DiffResult {
  readonly from: string;
  readonly to: string;
  readonly access: AccessDiff;
  /** Whether somebody may do more in `to`, or may: a part of it is unknown. */
  readonly broader: boolean;
}

/**
 * Compares what the program declares for two environments. Neither needs to exist.
 *
 * @throws EnvironmentFailure or ReviewFailure when the program cannot be read.
 */
export async function diff(folder: string, from: string, to: string): Promise<DiffResult> {
  const file = await readAccessEnv(folder);
  const project = readProject(folder);
  const [before, after] = [findEnvironment(file, from), findEnvironment(file, to)];
  const declared: Manifest[] = [];
  for (const environment of [before, after]) {
    const { configuration } = await configurationOf(project, environment);
    declared.push(await readProgram({ folder, stack: environment.name, config: configuration.values }));
  }
  const [base, head] = declared.map((manifest) => asStack(manifest, `${from} -> ${to}`));
  const access = compare(base === undefined ? [] : [base], head === undefined ? [] : [head]);
  return { from, to, access, broader: access.verdict === "broadened" || access.verdict === "unknown" };
}

/**
 * The manifest as if it were of another stack, and at the stack's own location: only then are two stacks compared. No run
 * leads from one to the other, so what the engine would do does not count.
 */
function asStack(manifest: Manifest, stack: string): Manifest {
  const [own, other] = [urnPrefix(manifest), urnPrefix({ ...manifest, stack })];
  const moved = <Resource extends object>(resource: Resource): Resource => renamed(resource, own, other);
  return {
    ...manifest,
    stack,
    clients: manifest.clients.map((client) => ({ ...moved(client), ...NO_ENGINE_OPTIONS, location: null })),
    grants: manifest.grants.map((grant) => ({ ...moved(grant), ...NO_ENGINE_OPTIONS, location: null })),
  };
}

function renamed<Value>(value: Value, own: string, other: string): Value {
  const text = JSON.stringify(value).replaceAll(JSON.stringify(own).slice(1, -1), JSON.stringify(other).slice(1, -1));
  return JSON.parse(text);
}
