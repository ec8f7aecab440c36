import { type AccessClient, type Client, RevisionMismatchError } from "xtremepush-access";
import { isDeliveryCurrent } from "xtremepush-access/rules";
import { quoted, word } from "xtremepush-access/text";
import type { FailedDelivery } from "../delivery/deliver";
import { type DeliveryMemory, type RecalledClient, withoutReplaced } from "../delivery/memory";
import { EnvironmentFailure } from "../environment-failure";
import type { Rotation } from "./plan-rotations";

/** What became of the earlier secrets of a client. */
export interface RotationReport {
  readonly client: string;
  readonly clientId: string;
  /** The version that every destination has now. */
  readonly version: number;
  /** Whether an earlier run had made it. */
  readonly isBegun: boolean;
  /** The earlier versions that still work, and until when; none when all have ended. */
  readonly earlier: readonly { readonly version: number; readonly end: string | null }[];
  /** The destinations that still have one of them: it stays. */
  readonly heldBackBy: readonly string[];
  /** The revision of the client after it. */
  readonly revision: number;
}

interface Ending {
  readonly access: AccessClient;
  readonly project: string;
  readonly memory: DeliveryMemory;
  readonly failures: readonly FailedDelivery[];
}

const ATTEMPTS = 5;

/**
 * Ends the earlier secrets of a client when every destination has the new one: in this environment and in all others that
 * the backend knows.
 *
 * @throws EnvironmentFailure when somebody has rotated the client meanwhile.
 */
export async function endOldSecrets(rotation: Rotation, ending: Ending): Promise<RotationReport> {
  const { access, project, memory } = ending;
  const { name, clientId, version, isBegun, overlap } = rotation;
  for (let attempt = 1; ; attempt += 1) {
    const recalled = await memory.recallAgain(clientId);
    if (recalled === null || recalled.client.secretVersion !== version) throw overtaken(rotation, recalled);
    const heldBackBy = holdersOf(rotation, recalled, ending);
    const hasEarlier = recalled.client.secrets.some((secret) => secret.version !== version);
    try {
      const client =
        hasEarlier && heldBackBy.length === 0
          ? await access.clients.update(
              project,
              clientId,
              { secretOverlap: overlap },
              { ifMatch: recalled.client.revision },
            )
          : recalled.client;
      const { revision } = client;
      return { ...{ client: name, clientId, version, isBegun, heldBackBy, revision }, earlier: earlierOf(client) };
    } catch (error) {
      if (!RevisionMismatchError.is(error) || attempt === ATTEMPTS) throw error;
    }
  }
}

/** What still has an earlier secret that works, and what did not get the new one. */
function holdersOf(
  { clientId }: Rotation,
  { client, deliveries }: RecalledClient,
  { failures }: Ending,
): readonly string[] {
  const live = client.secrets.map(({ version }) => version).filter((version) => version !== client.secretVersion);
  const holders = withoutReplaced(deliveries).filter(
    (each) => each.secretVersion !== null && live.includes(each.secretVersion) && !isDeliveryCurrent(client, each),
  );
  // An output may hold the secret of any client.
  const failed = failures.filter((each) => each.clientId === clientId || each.clientId === null);
  return [
    ...new Set([
      ...failed.map(({ destination, place }) => `${destination} ${word(place)}`),
      ...holders.map(({ destination, place, environment }) => `${destination} ${word(place)} of ${word(environment)}`),
    ]),
  ];
}

function earlierOf({ secrets, secretVersion }: Client): RotationReport["earlier"] {
  return secrets
    .filter(({ version }) => version !== secretVersion)
    .map(({ version, expiresTime }) => ({ version, end: expiresTime }));
}

function overtaken({ name, version }: Rotation, recalled: RecalledClient | null): EnvironmentFailure {
  const by =
    recalled === null ? "" : `: ${word(recalled.client.updatedBy)} has made version ${recalled.client.secretVersion}`;
  return new EnvironmentFailure(
    `the client ${quoted(name)} no longer has secret version ${version}${by}; run \`up\` again`,
  );
}

/** Says which destinations keep an earlier secret alive, and the fix. */
export function heldBackMessage({ client, earlier, heldBackBy }: RotationReport): string {
  const versions = earlier.map(
    ({ version, end }) => `version ${version}${end === null ? "" : `, which works until ${end}`}`,
  );
  return [
    `the client ${quoted(client)} keeps its secret ${versions.join(" and ") || "as it is"}, because these destinations do not have the new one:`,
    ...heldBackBy.map((holder) => `  ${holder}`),
    "Deliver there, or forget a destination that is gone with `xtremepush-access-backend client deliveries`; then run the same command again.",
  ].join("\n");
}
