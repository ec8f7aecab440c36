import { ROTATION_VARIABLE, rotationRequest } from "pulumi-xtremepush/protocol";
import { quoted } from "xtremepush-access/text";
import type { FailedDelivery } from "../delivery/deliver";
import type { DeliveryMemory } from "../delivery/memory";
import { EnvironmentFailure, refusal } from "../environment-failure";
import type { Delivery } from "../file/delivery";
import type { Progress } from "../pulumi/progress";
import { refreshResources } from "../pulumi/stack";
import type { StackState } from "../pulumi/stack-state";
import type { Workspace } from "../pulumi/workspace";
import { accessOf, type ProjectAddress } from "./backend-project";
import { endOldSecrets, type RotationReport } from "./end-old-secrets";
import { planRotations, type Rotation, type RotationRequest } from "./plan-rotations";
import { type RotationRecord, readRotations, writeRotations } from "./rotation-record";

/** Linux takes no variable of 128 KiB or more. */
const REQUEST_MAX = 120_000;

/** An environment whose clients get new secrets. */
interface RotationsOptions {
  readonly workspace: Workspace;
  readonly name: string;
  readonly address: ProjectAddress;
  readonly memory: DeliveryMemory;
}

/**
 * The rotations of one run: the program makes the new secrets, beside the old ones; the deliveries bring them; then the old
 * ones end. Killed anywhere, the same command goes on from there.
 */
export class Rotations {
  readonly #options: RotationsOptions;
  readonly #rotations: readonly Rotation[];

  private constructor(options: RotationsOptions, rotations: readonly Rotation[]) {
    this.#options = options;
    this.#rotations = rotations;
  }

  /** @throws EnvironmentFailure when a client cannot be rotated; nothing is changed then. */
  static async plan(
    options: RotationsOptions,
    request: RotationRequest,
    known: { readonly state: StackState | null; readonly deliver: readonly Delivery[] },
  ): Promise<Rotations> {
    const { workspace, name, memory } = options;
    const { folder } = workspace.project;
    const record = await readRotations(folder, name);
    const rotations = await planRotations({ ...known, request, memory, record });
    const planned = new Rotations(options, rotations);
    planned.#assertFits();
    await writeRotations(folder, name, { ...record, ...recordOf(rotations) });
    return planned;
  }

  /** The workspace in which a run makes the new secrets. */
  get workspace(): Workspace {
    const { workspace } = this.#options;
    return { ...workspace, cli: workspace.cli.with({ [ROTATION_VARIABLE]: this.#request() }) };
  }

  #request(): string {
    return rotationRequest(new Map(this.#rotations.map(({ owner, version }) => [owner, version])));
  }

  #assertFits(): void {
    if (Buffer.byteLength(this.#request()) <= REQUEST_MAX) return;
    throw new EnvironmentFailure("these are too many clients for one run; name fewer of them with --rotate");
  }

  /** Ends the old secrets that no destination has any more. @throws EnvironmentFailure. */
  async finish(
    state: StackState,
    failures: readonly FailedDelivery[],
    progress: Progress,
  ): Promise<readonly RotationReport[]> {
    const { workspace, name, address, memory } = this.#options;
    const access = accessOf(address);
    const reports: RotationReport[] = [];
    for (const rotation of this.#rotations) assertMade(rotation, state);
    for (const rotation of this.#rotations) {
      reports.push(await endOldSecrets(rotation, { access, project: address.project, memory, failures }));
    }
    // Else the next change of the client would meet a revision that is not the state's.
    const behind = state.clients.filter(({ clientId, revision }) =>
      reports.some((each) => each.clientId === clientId && each.revision !== revision),
    );
    const urns = behind.map(({ urn }) => urn);
    if (urns.length > 0) await refreshResources(workspace, { stack: name, progress }, urns);
    const { folder } = workspace.project;
    const done = reports.filter(({ heldBackBy }) => heldBackBy.length === 0).map(({ clientId }) => clientId);
    const left = Object.entries(await readRotations(folder, name)).filter(([clientId]) => !done.includes(clientId));
    await writeRotations(folder, name, Object.fromEntries(left));
    return reports;
  }
}

/** The address that a rotation needs. @throws EnvironmentFailure when it is not known here. */
export function assertAddress(address: ProjectAddress | null): ProjectAddress {
  if (address !== null) return address;
  throw refusal(
    "`--rotate` needs the endpoint, the project and the token of the backend in the environment or in plain configuration",
  );
}

function recordOf(rotations: readonly Rotation[]): RotationRecord {
  return Object.fromEntries(rotations.map(({ clientId, version }) => [clientId, version]));
}

function assertMade({ name, clientId, version }: Rotation, { clients }: StackState): void {
  const made = clients.find((client) => client.clientId === clientId)?.secretVersion;
  if (made === version) return;
  throw new EnvironmentFailure(
    `the program did not rotate the client ${quoted(name)} to version ${version}; leave secretVersion out of the program`,
  );
}
