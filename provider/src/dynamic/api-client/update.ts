import { type Client, type ClientChanged, type ClientPatch, RevisionMismatchError } from "xtremepush-access";
import { clientLabel, word } from "xtremepush-access/text";
import { Failure } from "../run/failure";
import { findSecretMaker, historyLines } from "../run/history";
import { assertNotEarlier } from "../run/restored";
import type { Connection } from "../run/session";
import { clientDifference } from "./difference";
import type { Declaration } from "./inputs";
import { takeName } from "./name-taking";
import { isBetweenNames } from "./passing-name";
import { versionOf } from "./rotation";
import type { ClientState } from "./state";

/** A change of a client, from its state to its declaration. */
export interface ClientUpdate {
  readonly id: string;
  readonly olds: ClientState;
  readonly declared: Declaration;
}

/** An unused secret that a new one of the same version replaced. */
export interface ReplacedSecret {
  /** Who created it; null when the audit record does not show it. */
  readonly actor: string | null;
  readonly createdTime: string;
}

/** The client after a change; `replaced` is set when it had an unused secret of the requested version. */
export interface UpdatedClient {
  readonly client: ClientChanged;
  readonly replaced: ReplacedSecret | null;
}

const ATTEMPTS = 5;

/**
 * Changes a client.
 *
 * The name may be another client's that gives it up in this run; then this waits.
 *
 * After a revision mismatch, the update succeeds when the live state equals the declaration: this program's own write was
 * interrupted. The answer with the new secret is lost then, so the update requests that version again, which returns a new
 * secret as long as the lost one was never used.
 *
 * @throws Failure that lists who changed what, when somebody else changed the client.
 */
export async function updateClient(connection: Connection, update: ClientUpdate): Promise<UpdatedClient> {
  const { access, project } = connection;
  const patch = patchOf(update);
  const seen = update.olds.revision;
  let revision = seen;
  let live = patch.secretVersion ? await access.clients.get(project, update.id) : null;
  const rename = async (name: string) => {
    const client = await access.clients.update(project, update.id, { name }, { ifMatch: revision });
    revision = client.revision;
    return client;
  };
  for (let attempt = 1; ; attempt += 1) {
    try {
      const replaced = await findReplaced(connection, patch, live);
      const client = await takeName(connection, {
        ...{ name: update.declared.name, managedBy: update.declared.managedBy, isNew: false },
        write: () => access.clients.update(project, update.id, patch, { ifMatch: revision }),
        leaver: { id: update.id, name: update.olds.name, rename },
      });
      return { client, replaced };
    } catch (error) {
      if (!RevisionMismatchError.is(error) || attempt === ATTEMPTS) throw error;
    }
    live = await access.clients.get(project, update.id);
    assertNotEarlier(clientLabel(live), { live: live.revision, seen });
    revision = live.revision;
    if (isBetweenNames(live, seen)) continue;
    const lines = differenceOf(live, update, patch);
    if (lines.length > 0) throw await changedMeanwhile(connection, { live, seen, lines });
    if (!asksAgain(patch, live)) return { client: { ...live, clientSecret: null }, replaced: null };
  }
}

/** Finds the secret that the change replaces. The change never replaces a secret in use, or a later revision. */
async function findReplaced(
  connection: Connection,
  { secretVersion }: ClientPatch,
  live: Client | null,
): Promise<ReplacedSecret | null> {
  const secret = live?.secrets.find(({ version }) => version === secretVersion && version === live.secretVersion);
  return live === null || secret === undefined
    ? null
    : { actor: await findSecretMaker(connection, live), createdTime: secret.createdTime };
}

/** Sends a version or an overlap only when the program changes it: a version creates a secret, an overlap moves expiries. */
function patchOf({ olds, declared }: ClientUpdate): ClientPatch {
  const { secretVersion, secretOverlap, ...fields } = declared;
  const rotates = secretVersion !== versionOf(olds) || olds.secretMissing;
  const overlaps = secretOverlap !== null && (rotates || secretOverlap !== olds.secretOverlap);
  return { ...fields, ...(rotates && { secretVersion }), ...(overlaps && { secretOverlap }) };
}

/** Whether to send the change again: a read shows neither that the secret arrived nor that the overlap was applied. */
function asksAgain({ secretVersion, secretOverlap }: ClientPatch, live: Client): boolean {
  if (secretOverlap !== undefined) return true;
  return secretVersion !== undefined && (secretVersion > 0 || live.secretVersion > 0);
}

/**
 * Compares the version only when the change affects secrets. A live version is expected when it is the one in the state or
 * the declared one.
 */
function differenceOf(live: Client, { olds, declared }: ClientUpdate, patch: ClientPatch): string[] {
  const { secretVersion, secretOverlap: _, ...fields } = declared;
  const touchesSecrets = patch.secretVersion !== undefined || patch.secretOverlap !== undefined;
  const isOurs = !touchesSecrets || [versionOf(olds), secretVersion].includes(live.secretVersion);
  return clientDifference(live, isOurs ? fields : { ...fields, secretVersion });
}

/** Somebody else's change since the state. */
interface Mismatch {
  readonly live: Client;
  /** The revision of the state. */
  readonly seen: number;
  /** The differences from live to declared. */
  readonly lines: readonly string[];
}

async function changedMeanwhile(connection: Connection, { live, seen, lines }: Mismatch): Promise<Failure> {
  const history = await historyLines(connection, { client: live.id, target: "client", seen, live: live.revision });
  return new Failure(
    [mismatchSentence(live, seen), ...history, "from live to declared:", ...lines, REFRESH].join("\n"),
  );
}

/** Reports who changed a client since a revision, and when. */
export function mismatchSentence({ id, name, updatedBy, updatedTime, revision }: Client, seen: number): string {
  return `${clientLabel({ id, name })} was changed by ${word(updatedBy)} at ${updatedTime} (revision ${seen} -> ${revision})`;
}

/** The fix for somebody else's change. */
export const REFRESH = "run `pulumi refresh` to take the live state into account, then try again";
